"""Turn values into text: pure functions that read no file, call no tenant and print nothing.

A plan and the result of `validate` exist in seven formats, everything else as text and JSON. Hence two folders:

- `formats/<format>.py` has the functions `plan` and `validation`, which write these two subjects in that format.
- `subjects/<subject>.py` has the functions `text` and `json`, which write that subject in these two formats.

`graph` draws references, `facts` counts and ranks what a plan contains, `display` shortens keys and values.
`terminal` and `markdown_escaping` make untrusted text safe to show.
"""
