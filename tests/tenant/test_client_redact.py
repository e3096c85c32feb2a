"""Secrets are removed from texts in every form."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.tenant.client.redact import redact, secret_forms

printable = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
secrets = st.text(printable, min_size=12, max_size=60)
around = st.text(printable, max_size=7)


@given(secrets, around, around)
def test_every_form_of_a_secret_is_hidden(secret: str, before: str, after: str) -> None:
    whole = before + secret + after
    written = [whole, json.dumps(whole), quote(whole), quote(whole, safe=""), quote_plus(whole)]
    written += [encode(whole.encode()).decode() for encode in (b64encode, urlsafe_b64encode)]
    for text in written:
        shown = redact(text, secret)
        assert "***" in shown
        assert not any(form in shown for form in secret_forms(secret) if form not in "***")
        assert redact(text.encode(), secret) == shown.encode()


def test_text_that_is_not_secret_is_kept() -> None:
    assert redact("nothing to hide", "a secret of some length") == "nothing to hide"
    assert redact("as it is") == "as it is"


def test_a_short_secret_is_not_searched_for_in_base64() -> None:
    assert redact("YWJj abc", "abc") == "YWJj ***"


@given(st.text(printable, min_size=1, max_size=7))
def test_a_short_secret_leaves_other_words_alone(secret: str) -> None:
    """Whoever reads `/cer***ifica***ions/` knows the secret."""
    assert redact(f"x{secret}x_{secret}_", secret) == f"x{secret}x_{secret}_"


@pytest.mark.parametrize("secret", ["t", "ab", "abc", "abcdefg"])
def test_a_short_secret_is_hidden_as_the_value_of_a_header(secret: str) -> None:
    for text, hidden in (
        (secret, "***"),
        (f"Bearer {secret}", "Bearer ***"),
        (f'{{"Authorization": "bearer {secret}"}}', '{"Authorization": "bearer ***"}'),
    ):
        assert redact(text, secret) == hidden
        assert redact(text.encode(), secret) == hidden.encode()


def test_a_secret_of_a_few_letters_is_hidden_as_a_word() -> None:
    assert redact("GET /certifications/tok?x=tok, token tok.", "tok") == "GET /certifications/***?x=***, token ***."
    assert redact("GET /certifications/t: a t", "t") == "GET /certifications/t: a t"
    assert redact("nothing", "") == "nothing"


def test_a_secret_of_eight_letters_is_hidden_everywhere() -> None:
    assert redact("xsecret-8y", "secret-8") == "x***y"
