"""The register: 39 national, 245 provincial and 6 municipal platforms for each step of the scale, with contacts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from accounts.reference import read_csv
from dashboards.demo.loading import Loader
from dashboards.demo.people import DemoOfficer, invented_name, invented_phone
from dashboards.demo.sentences import DATA, words
from dashboards.demo.world import World
from platforms.models import District, Level, Platform, PlatformContact, PlatformType, TechDomain, pinyin_key
from platforms.reference import DATA as REGISTER_DATA

LEVELS = {Level.NATIONAL: 39, Level.PROVINCIAL: 245, Level.MUNICIPAL: 6}
LETTERS = {Level.NATIONAL: "G", Level.PROVINCIAL: "S", Level.MUNICIPAL: "C"}
COMPETENT = {"市科技局": "M-STB", "市发改委": "M-DRC", "市工信局": "M-IIT", "市教育局": "M-EDU", "市卫健委": "M-HLTH"}
# A ministry's laboratory (市级对口局) answers to the bureau of the ministry's line.
MINISTERIAL = {"HT1": "M-IIT", "HT2": "M-HLTH", "HT6": "M-IIT", "HT7": "M-ECO", "HT8": "M-TRA"}
OF_A_COMPANY = ("NETC", "HETC", "HETC-D", "NMIC", "HMIC")
OF_AN_INSTITUTE = ("CNRDI", "PNRDI", "HPILOT", "CPL")
SENSITIVE = 0.2  # of the invented ones in aerospace
WITH_SECOND_CONTACT = 0.35


@dataclass(slots=True)
class DemoPlatform:
    """A platform while the demo is made: what its visits and issues depend on.

    `officers` holds who looks after it from which day on, oldest first.
    """

    pk: int
    is_invented: bool
    unit_code: str
    district: str
    domain: str
    topic: str  # empty where only the domain is known
    contact: str
    officers: list[tuple[date, DemoOfficer]] = field(default_factory=list)

    def officer_on(self, day: date) -> DemoOfficer:
        return next(officer for since, officer in reversed(self.officers) if since <= day)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a platform works on."""

    name: str
    domain: str


class Register:
    """Writes platforms with their contacts."""

    def __init__(self, world: World, loader: Loader) -> None:
        self.world, self.platforms, self.contacts = world, loader[Platform], loader[PlatformContact]
        self.types = {t.code: t for t in PlatformType.objects.all()}
        self.districts = {d.code: d for d in District.objects.all()}
        self.domains = {d.code: d for d in TechDomain.objects.all()}
        self.patterns = {row["code"]: row for row in read_csv(DATA / "types.csv")}
        self.hints = list(read_csv(DATA / "national.csv"))
        shares = {row["code"]: int(row["share"]) for row in read_csv(DATA / "districts.csv")}
        self.seats, self.seat_shares = list(shares), list(shares.values())
        self.competent = competent_units()
        self.topics = self._endless_topics()
        self.names: Counter[str] = Counter()

    def write(self, scale: int) -> list[DemoPlatform]:
        """The national platforms known by name, then invented ones up to the numbers of the scale."""
        known = list(read_csv(REGISTER_DATA / "national_platforms.csv"))
        made = [self._known(row, f"{LETTERS[Level.NATIONAL]}{n:05d}") for n, row in enumerate(known, 1)]
        for level, count in LEVELS.items():
            taken = len(known) if level == Level.NATIONAL else 0
            made += self._invented(level, count * scale - taken, taken)
        return made

    def _known(self, row: dict[str, str], code: str) -> DemoPlatform:
        """By its public name; what is not public stays open."""
        host, kind = row["host_institution_zh"] or "待核实", self.types[row["type_code"]]
        # 岳麓区 and advanced manufacturing, where most of them belong, unless the words of host or name say better.
        seat = self._hint("district", host) or "430104"
        domain = self._hint("domain", row["name_zh"]) or "HT8"
        former = [row["former_name"]] if row["former_name"] else []
        return self._write(code, row["name_zh"], kind, host, seat, Topic("", domain), former_names=former)

    def _hint(self, column: str, text: str) -> str:
        return next((row[column] for row in self.hints if row[column] and row["word"] in text), "")

    def _invented(self, level: Level, count: int, taken: int) -> Iterator[DemoPlatform]:
        codes = [code for code in self.patterns if self.types[code].level == level]
        kinds = _in_proportion(codes, [int(self.patterns[code]["share"]) for code in codes], count)
        self.world.dice.shuffle(kinds)
        for number, code in enumerate(kinds, taken + 1):
            topic = next(self.topics)
            host = self._host(code, topic)
            seat = self.world.pick(self.seats, self.seat_shares)
            street = f"{self.world.pick(words('street'))}{self.world.dice.randint(2, 399)}号"
            yield self._write(
                f"{LETTERS[level]}{number:05d}",
                self._name(code, topic, host),
                self.types[code],
                host,
                seat,
                topic,
                address=f"示例·{self.districts[seat].name}{street}",
                is_sensitive=topic.domain == "HT3" and self.world.chance(SENSITIVE),
            )

    def _write(
        self, code: str, name: str, kind: PlatformType, host: str, seat: str, topic: Topic, **more: object
    ) -> DemoPlatform:
        unit = MINISTERIAL.get(topic.domain, "M-STB") if kind.code == "MKL" else self.competent[kind.code]
        pk = self.platforms.add(
            code=code,
            name=name,
            sort_key=pinyin_key(name),
            level=kind.level,
            type_id=kind.pk,
            competent_unit_id=self.world.units[unit].pk,
            host_institution=host,
            district_id=self.districts[seat].pk,
            tech_domain_id=self.domains[topic.domain].pk,
            **more,
        )
        contact = self._write_contacts(pk)
        return DemoPlatform(pk, name.startswith("示例"), unit, seat, topic.domain, topic.name, contact)

    def _write_contacts(self, platform: int) -> str:
        """The person to call, sometimes a second one; the first one's words for a visit's `people_met`."""
        met = ""
        for n in range(2 if self.world.chance(WITH_SECOND_CONTACT) else 1):
            name, position = invented_name(self.world), self.world.pick(words("contact position"))
            self.contacts.add(
                platform_id=platform,
                name=name,
                position=position,
                phone=invented_phone(self.world),
                is_primary=n == 0,
            )
            met = met or f"{name[0]}{position}"
        return met

    def _host(self, code: str, topic: Topic) -> str:
        if code in OF_A_COMPANY:
            group = "company"
        elif code == "VATIC":
            group = "college"
        elif code in OF_AN_INSTITUTE:
            group = "institute"
        elif topic.domain == "HT2" and self.world.chance(0.3):
            group = "hospital"
        else:
            group = self.world.pick(("school", "company", "institute"), (6, 2, 1))
        host = self.world.pick(words(f"host {group}"))
        return f"示例·{topic.name}{host}" if group == "company" else host

    def _name(self, code: str, topic: Topic, host: str) -> str:
        """A name that no other platform of the demo has."""
        for ending in ("", *words("ending")):
            name = self.patterns[code]["name"].format(topic=topic.name + ending, company=host)
            if name not in self.names:
                break
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name}({self.names[name]})"

    def _endless_topics(self) -> Iterator[Topic]:
        rows = read_csv(DATA / "topics.csv")
        topics = [Topic(name, row["domain"]) for row in rows for name in row["topics"].split("|")]
        while True:
            self.world.dice.shuffle(topics)
            yield from topics


def competent_units() -> dict[str, str]:
    """The city end of each platform type's chain of departments, as a code of units.csv."""
    rows = read_csv(REGISTER_DATA / "platform_types.csv")
    ends = {row["code"]: row["competent_department_zh"].split(">")[-1] for row in rows}
    return {code: COMPETENT[end] for code, end in ends.items() if end in COMPETENT}


def _in_proportion(choices: list[str], weights: list[int], count: int) -> list[str]:
    """`count` choices in the proportion of the weights, to the nearest whole ones."""
    total, running = sum(weights), 0
    chosen: list[str] = []
    for choice, weight in zip(choices, weights, strict=True):
        running += weight
        chosen += [choice] * (round(count * running / total) - len(chosen))
    return chosen
