import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# After the triggers, which keep writers out until all of this is committed: no issue falls between. The reference to the
# issue is checked at once, because an index cannot be built while checks are pending.
FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO issues_issuesearch (issue_id, said, planned)
SELECT i.id, concat_ws(E'\\n', i.number, search_fold(i.text), search_fold(i.reply), ''),
       coalesce(search_fold(p.text), '')
  FROM issues_issue i LEFT JOIN issues_solutionplan p ON p.issue_id = i.id
 ORDER BY i.id;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0013_keep_views_and_bulks"),
        ("platforms", "0004_find_by_characters"),
    ]

    operations = [
        migrations.CreateModel(
            name="IssueSearch",
            fields=[
                (
                    "issue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="issues.issue",
                    ),
                ),
                ("said", models.TextField(editable=False)),
                ("planned", models.TextField(default="", editable=False)),
                (
                    "pairs",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func("said", "planned", arg_joiner=" || ", function="search_pairs"),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issue",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_said",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        INSERT INTO issues_issuesearch (issue_id, said, planned)\n        VALUES (NEW.id, concat_ws(E'\\n', NEW.number, search_fold(NEW.text), search_fold(NEW.reply), ''), '')\n        ON CONFLICT (issue_id) DO UPDATE SET said = EXCLUDED.said WHERE issues_issuesearch.said <> EXCLUDED.said;\n        RETURN NULL;\n    ",
                    hash="7c905477792bdfa03972dabe9cb07c5ca67e9f4b",
                    operation='INSERT OR UPDATE OF "number", "text", "reply"',
                    pgid="pgtrigger_keep_said_dde9d",
                    table="issues_issue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="solutionplan",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_planned",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF TG_OP = 'DELETE' THEN\n            UPDATE issues_issuesearch SET planned = '' WHERE issue_id = OLD.issue_id;\n        ELSE\n            UPDATE issues_issuesearch SET planned = search_fold(NEW.text) WHERE issue_id = NEW.issue_id;\n        END IF;\n        RETURN NULL;\n    ",
                    hash="f035dfcf9af8e8889305c8e66c434b92b583f7ac",
                    operation='INSERT OR UPDATE OF "text" OR DELETE',
                    pgid="pgtrigger_keep_planned_11dfd",
                    table="issues_solutionplan",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="issuesearch",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["pairs"], name="issue_search_pairs"
            ),
        ),
    ]
