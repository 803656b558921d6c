from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0007_set_first_rule_and_tell_states_apart")]
    operations = [
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        ("registered", "graded", "assigned", "accepted", "returned", "plan_confirmed", "suspended"),
                    )
                ),
                fields=["lead_unit", "tier", "state", "clock_due_on"],
                include=("nearing_on",),
                name="issue_unresolved",
            ),
        ),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("state", "resolved")), fields=["resolved_on"], name="issue_waiting_for_a_word"
            ),
        ),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="issue_merged_into"
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tier__in", ["A", "B", "C", "D"]),
                    models.Q(("state__in", ["registered", "merged", "withdrawn"]), ("tier", "")),
                    _connector="OR",
                ),
                name="issue_tier_known_once_graded",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_on", None), ("tier__in", ["", "A"])), ("due_on__isnull", False), _connector="OR"
                ),
                name="issue_clocked_tiers_have_a_due_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("resolved_at__isnull", False),
                        ("state__in", ("resolved", "confirmed", "closed")),
                        models.Q(("result", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state__in", ("resolved", "confirmed", "closed")), _negated=True),
                        ("resolved_at", None),
                        ("result", ""),
                    ),
                    _connector="OR",
                ),
                name="issue_resolved_exactly_with_date_and_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("state__in", ["confirmed", "closed"]),
                        models.Q(("confirmation", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state__in", ["confirmed", "closed"]), _negated=True),
                        ("confirmation", ""),
                        ("confirmed_at", None),
                    ),
                    _connector="OR",
                ),
                name="issue_confirmed_exactly_with_date_and_word",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at", None)),
                    _connector="OR",
                ),
                name="issue_closed_exactly_with_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("merged_into__isnull", False),
                        ("state", "merged"),
                        models.Q(("merged_into", models.F("id")), _negated=True),
                    ),
                    models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into", None)),
                    _connector="OR",
                ),
                name="issue_merged_exactly_into_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("clock_due_on__isnull", False),
                        ("state__in", ["graded", "assigned", "accepted", "returned", "plan_confirmed"]),
                    ),
                    models.Q(
                        models.Q(
                            ("state__in", ["graded", "assigned", "accepted", "returned", "plan_confirmed"]),
                            _negated=True,
                        ),
                        ("clock_due_on", None),
                    ),
                    _connector="OR",
                ),
                name="issue_a_clock_runs_exactly_while_in_hand",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_confirmed_solved", False),
                    models.Q(("confirmation__in", ["platform", "spoken"]), ("result", "solved")),
                    _connector="OR",
                ),
                name="issue_only_solved_is_confirmed_solved",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("issue",), name="referral_one_open_an_issue"
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("return_reason", ""), ("returned_by", None), ("suggested_unit", None)),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("returned_by__isnull", False),
                        models.Q(("return_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="referral_returned_with_reason",
            ),
        ),
    ]
