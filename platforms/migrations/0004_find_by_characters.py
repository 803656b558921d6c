from django.db import migrations, models

# NFKC: full and half width are one; then small letters; then no invisible character, and no blank except one between
# two Latin words. Written out where it is used: while a dump is restored no function finds another by its bare name.
FOLDED = r"""regexp_replace(regexp_replace(
        lower(normalize(translate({text}, U&'\200B\200C\200D\2060\FEFF\00AD', ''), NFKC)),
        '[ \t\n\v\f\r\u0085\u2028\u2029]+', ' ', 'g'), '(?<![a-z0-9]) | (?![a-z0-9])', '', 'g')"""

FOLDS = (
    """
CREATE FUNCTION search_fold(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT """
    + FOLDED.format(text="written")
    + """
$$;

CREATE FUNCTION search_fold_names(name text, former text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT string_agg("""
    + FOLDED.format(text="one.name")
    + r""", E'\n' ORDER BY one.place)
  FROM unnest(name || former) WITH ORDINALITY one (name, place)
$$;
"""
)

PAIRS = r"""
-- Every two neighbours as one lexeme, the last character alone: so each character begins one.
CREATE FUNCTION search_pairs(folded text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT coalesce(array_to_tsvector(array_agg(DISTINCT one || coalesce(next, ''))), '')
  FROM (SELECT string_to_array(folded, NULL) AS characters OFFSET 0) split,
       unnest(characters, characters[2:]) AS neighbours (one, next)
$$;

-- What the pairs of a text match that has the word in it: all pairs of the word, or any that begins with its character.
CREATE FUNCTION search_query(word text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT CASE WHEN length(word) = 1 THEN string_agg(lexeme || ':*', '')
            ELSE string_agg(lexeme, ' & ') FILTER (WHERE next <> '') END::tsquery
  FROM (SELECT string_to_array(word, NULL) AS characters OFFSET 0) split,
       unnest(characters, characters[2:]) AS neighbours (one, next),
       LATERAL (
           SELECT '''' || replace(replace(one || coalesce(next, ''), '\', '\\'), '''', '''''') || '''' AS lexeme
       ) quoted
$$;
"""
NO_FUNCTIONS = """
DROP FUNCTION search_fold(text);
DROP FUNCTION search_fold_names(text, text[]);
DROP FUNCTION search_pairs(text);
DROP FUNCTION search_query(text);
"""


class Migration(migrations.Migration):
    dependencies = [("platforms", "0003_let_contacts_in_by_link")]

    operations = [
        migrations.RunSQL(FOLDS + PAIRS, NO_FUNCTIONS),
        migrations.AddField(
            model_name="platform",
            name="folded_names",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("name", "former_names", function="search_fold_names"),
                output_field=models.TextField(),
            ),
        ),
    ]
