"""Write the calendar of an environment as text, JSON, Markdown, HTML and iCalendar: one module for each."""
