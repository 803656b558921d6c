"""The demo: an invented city's year and a half of visits and issues, the same for the same scale, seed and day.

`seeding` puts the parts in order: `people` (accounts, officers), `register` and `portfolios` (platforms, who looks
after them), `schedule` (who is visited when, and how many issues a visit brings), `visiting` and `casework` (what is
written down; `grading`, `fates`, `announcing` and `scenes` decide it), `sentences` (its wording), `loading` (COPY).
"""
