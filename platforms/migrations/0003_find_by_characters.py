from django.db import migrations, models

# NFKC: full and half width are one; then small letters; then no invisible character, and no blank except one between
# two Latin words. Written out where it is used: while a dump is restored no function finds another by its bare name.
FOLDED = r"""regexp_replace(regexp_replace(
        lower(normalize(translate({text}, U&'\200B\200C\200D\2060\FEFF\00AD', ''), NFKC)),
        '[ \t\n\v\f\r\u0085\u2028\u2029]+', ' ', 'g'), '(?<![a-z0-9]) | (?![a-z0-9])', '', 'g')"""

FUNCTIONS = f"""
CREATE FUNCTION search_fold(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT {FOLDED.format(text="written")} $$;

CREATE FUNCTION search_fold_names(name text, former text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT string_agg({FOLDED.format(text="one.name")}, E'\\n' ORDER BY one.place)
  FROM unnest(name || former) WITH ORDINALITY one (name, place)
$$;

-- A pair of neighbours is two 16-bit numbers in one; rare characters beyond them may share a number, which costs a look.
CREATE FUNCTION search_grams(folded text) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT coalesce(
    array_agg(DISTINCT ascii(one)) || array_agg(DISTINCT (ascii(one) << 16) | ascii(next)) FILTER (WHERE next <> ''),
    '{{}}'
)
  FROM (SELECT string_to_array(folded, NULL) AS characters OFFSET 0) split,
       unnest(characters, characters[2:]) AS neighbours (one, next)
$$;

CREATE FUNCTION search_keys(folded text) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT coalesce(
    array_agg(DISTINCT (ascii(one) << 16) | ascii(next)) FILTER (WHERE next <> ''), ARRAY[ascii(folded)]
)
  FROM (SELECT string_to_array(folded, NULL) AS characters OFFSET 0) split,
       unnest(characters, characters[2:]) AS neighbours (one, next)
$$;
"""
NO_FUNCTIONS = """
DROP FUNCTION search_fold(text);
DROP FUNCTION search_fold_names(text, text[]);
DROP FUNCTION search_grams(text);
DROP FUNCTION search_keys(text);
"""


class Migration(migrations.Migration):
    dependencies = [("platforms", "0002_let_a_contact_sign_in")]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
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
