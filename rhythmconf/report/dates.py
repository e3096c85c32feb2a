"""Dates for people: see `model/dates.py`."""

from rhythmconf.model.dates import full_date, join, month, name_dates, short_date, span, spans, week_date

__all__ = ["full_date", "join", "month", "name_dates", "short_date", "span", "spans", "week_date"]
