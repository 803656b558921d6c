"""What an issue can be found by, kept beside it by the database itself."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

# Triggers, not services: an import, a repair by hand and a bench write issues too, and none of them can forget this.
# What the issue says and what its plan says stand in a column each, so that two writers at once never overwrite one
# another's words.
SAID = "concat_ws(E'\\n', {new}.number, search_fold({new}.text), search_fold({new}.reply), '')"
# Once a statement: an insert of the trigger's own for each of 40,000 new rows costs ten times as much as one for all.
KEEP_WHAT_NEW_ONES_SAY = pgtrigger.Trigger(
    name="keep_what_new_ones_say",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_issues"),  # type: ignore[no-untyped-call] # as in issues.models.issue
    func=f"""
        INSERT INTO issues_issuesearch (issue_id, said, planned)
        SELECT each.id, {SAID.format(new="each")}, '' FROM new_issues each;
        RETURN NULL;
    """,  # noqa: S608 - a constant
)
# PostgreSQL gives no table of the changed rows to a trigger that looks at some columns only.
KEEP_SAID = pgtrigger.Trigger(
    name="keep_said",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("number", "text", "reply"),  # type: ignore[no-untyped-call] # as in issues.models.issue
    func=f"""
        INSERT INTO issues_issuesearch (issue_id, said, planned) VALUES (NEW.id, {SAID.format(new="NEW")}, '')
        ON CONFLICT (issue_id) DO UPDATE SET said = EXCLUDED.said WHERE issues_issuesearch.said <> EXCLUDED.said;
        RETURN NULL;
    """,  # noqa: S608 - a constant
)
KEEP_PLANNED = pgtrigger.Trigger(
    name="keep_planned",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("text") | pgtrigger.Delete,  # type: ignore[no-untyped-call] # as above
    func="""
        IF TG_OP = 'DELETE' THEN
            UPDATE issues_issuesearch SET planned = '' WHERE issue_id = OLD.issue_id;
        ELSE
            UPDATE issues_issuesearch SET planned = search_fold(NEW.text) WHERE issue_id = NEW.issue_id;
        END IF;
        RETURN NULL;
    """,
)


class IssueSearch(models.Model):
    """An issue's number, text and reply (`said`) and its plan (`planned`), folded (platforms.search), a line each.

    `pairs` are their pairs of neighbouring characters, under GIN: what has a word in it has all its pairs. A table of
    its own, because an issue is updated with every move and its words hardly ever: there each move would write all its
    pairs into the index again. The platform's name is not copied: a rename holds at once.
    """

    issue = models.OneToOneField("issues.Issue", models.CASCADE, primary_key=True, related_name="search")
    said = models.TextField(editable=False)
    planned = models.TextField(default="", editable=False)
    pairs = models.GeneratedField(
        expression=models.Func("said", "planned", function="search_pairs", arg_joiner=" || "),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        # Without a list of pending entries: every search would have to read it through.
        indexes = (GinIndex(fields=["pairs"], fastupdate=False, name="issue_search_pairs"),)

    def __str__(self) -> str:
        return str(self.issue_id)
