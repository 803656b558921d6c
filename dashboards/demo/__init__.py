"""The demo: an invented city's year and a half of visits and issues, the same for the same scale, seed and day.

`seeding` puts the parts in order: `people` (accounts, officers), `register` (platforms, assignments), `schedule` (who is
visited when, and how many issues a visit brings), `visiting` and `casework` (what is written down), `sentences` (how it is
worded), `loading` (rows into tables by COPY).
"""
