"""What platforms are sorted by: types, technical domains, districts and parks."""

from pathlib import Path

from accounts.reference import read_csv, upsert_by_code
from platforms.models import District, PlatformType, TechDomain

DATA = Path(__file__).parent / "data"


def load_taxonomy(folder: Path = DATA) -> int:
    """The three lists of the register; how many rows were new or changed."""
    types = [
        PlatformType(code=r["code"], name=r["name_zh"], name_en=r["name_en"], level=r["level"])
        for r in read_csv(folder / "platform_types.csv")
    ]
    domains = [
        TechDomain(code=r["code"], name=r["name_zh"], name_en=r["name_en"])
        for r in read_csv(folder / "tech_domains.csv")
    ]
    districts = [
        District(code=r["code"], name=r["name_zh"], name_en=r["name_en"], kind=r["kind"])
        for r in read_csv(folder / "districts.csv")
    ]
    return (
        upsert_by_code(PlatformType, types, ("name", "name_en", "level"))
        + upsert_by_code(TechDomain, domains, ("name", "name_en"))
        + upsert_by_code(District, districts, ("name", "name_en", "kind"))
    )
