"""The register: 39 national, 245 provincial and 6 municipal platforms for each step of the scale, and who looks after them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from accounts.reference import read_csv
from dashboards.demo.loading import Loader
from dashboards.demo.people import GIVEN, SURNAMES, DemoOfficer, People, invented_phone
from dashboards.demo.world import START, World
from liaisons.models import Assignment
from platforms.models import District, Level, Platform, PlatformContact, PlatformType, TechDomain, pinyin_key
from platforms.reference import DATA as REGISTER_DATA

LEVELS = {Level.NATIONAL: 39, Level.PROVINCIAL: 245, Level.MUNICIPAL: 6}
HANDOVER_PAIRS = 4  # in the first batch: two officers of a unit exchange a platform
SENSITIVE = 0.02
DATA = Path(__file__).parent / "data"

# How the invented names of each type are built, and how many of a hundred of the level they are.
TYPES = {
    "NL": ("示例·{topic}国家实验室基地", 2),
    "SKL": ("示例·{topic}全国重点实验室", 30),
    "NTIC": ("示例·国家{topic}技术创新中心", 6),
    "NERC": ("示例·{topic}国家地方联合工程研究中心", 25),
    "NERC-T": ("示例·国家{topic}工程技术研究中心", 12),
    "NETC": ("{company}国家企业技术中心", 20),
    "NMIC": ("示例·国家{topic}制造业创新中心", 5),
    "MKL": ("示例·{topic}部级重点实验室", 7),
    "HNL": ("示例·{topic}湖南省实验室", 3),
    "HKL": ("示例·{topic}湖南省重点实验室", 24),
    "HETRC": ("示例·湖南省{topic}工程技术研究中心", 21),
    "HERC": ("示例·湖南省{topic}工程研究中心", 12),
    "HETC": ("{company}湖南省企业技术中心", 8),
    "HETC-D": ("{company}湖南省企业技术中心(发改系列)", 4),
    "HMIC": ("示例·湖南省{topic}制造业创新中心", 3),
    "HTIC": ("示例·湖南省{topic}技术创新中心", 4),
    "HPILOT": ("示例·{topic}湖南省中试基地", 4),
    "UKL": ("示例·{topic}湖南省普通高等学校重点实验室", 5),
    "VATIC": ("示例·{topic}应用技术创新中心", 3),
    "PNRDI": ("示例·湖南{topic}研究院", 4),
    "CNRDI": ("示例·长沙{topic}研究院", 50),
    "CPL": ("示例·长沙市{topic}创新平台", 50),
}
COMPETENT = {"市科技局": "M-STB", "市发改委": "M-DRC", "市工信局": "M-IIT", "市教育局": "M-EDU", "市卫健委": "M-HLTH"}
# A ministry's laboratory answers to the city's bureau of the ministry's line.
MINISTERIAL = {"HT2": "M-HLTH", "HT6": "M-IIT", "HT7": "M-ECO", "HT1": "M-IIT", "HT8": "M-TRA"}
# Where the hosts of the national platforms stand; 岳麓区, the universities' quarter, for the others.
SEATS = {
    "湘雅医院": "430105", "湘雅二医院": "430102", "杂交水稻": "LPHTP", "林业科学院": "430103", "长沙理工": "430103", "四十八": "430103",
    "中联重科": "430104", "矿山研究院": "430104", "五矿": "430104", "中国中铁": "430103",
}  # fmt: skip
DOMAINS_OF = {
    "稀有金属": "HT7", "水稻": "HT2", "半导体": "HT1", "木本油料": "HT7", "油茶": "HT7", "电能": "HT6", "天地往返": "HT3", "粉末": "HT4",
    "医学": "HT2", "疾病": "HT2", "鱼类": "HT2", "矿山": "HT7", "重金属": "HT7", "光伏": "HT6", "超级计算": "HT1", "资源环境": "HT7",
}  # fmt: skip
DISTRICT_SHARES = {
    "430104": 24, "CSHTZ": 17, "XJNA": 10, "430111": 8, "430105": 8, "430103": 7, "CSETZ": 6, "430102": 5, "430112": 3, "430121": 3,
    "430181": 2, "430182": 2, "LYETZ": 3, "NXHTZ": 2, "NXETZ": 1, "WCETZ": 2, "YLHTZ": 3, "YHETZ": 2, "LPHTP": 2, "XJSC": 3, "SYHSC": 1,
    "MLS": 2, "HGXZ": 1, "KFKCG": 1,
}  # fmt: skip
HOSTS = {
    "company": ("股份有限公司", "科技有限公司", "装备有限公司", "集团有限公司"),
    "school": ("示例大学", "示例理工大学", "示例师范大学", "示例工程大学", "示例农业大学"),
    "college": ("示例职业技术学院", "示例工业职业技术学院"),
    "institute": ("示例研究院", "示例应用技术研究所", "示例检测研究院"),
    "hospital": ("示例医院", "示例附属第二医院"),
}
# Told apart by these, once every topic of a type is taken.
ENDINGS = ("", "智能化", "关键技术", "可靠性", "绿色化", "检测评价", "数字化", "应用基础", "低碳化", "工程化")
STREETS = "科苑路 创新大道 麓云路 学府路 星火路 谷苑路 文轩路 东方红路 尖山路 咸嘉湖路 芙蓉路 万家丽路".split()
CONTACT_POSITIONS = "主任 常务副主任 副主任 办公室主任 科研秘书 综合部部长 项目主管 平台秘书".split()


@dataclass(slots=True)
class DemoPlatform:
    """A platform while the demo is made: what its visits and issues depend on."""

    pk: int
    is_invented: bool
    unit_code: str
    district: str
    domain: str
    contact: str
    started: list[tuple[date, DemoOfficer]] = field(default_factory=list)  # who looks after it from when, oldest first

    def officer_on(self, day: date) -> DemoOfficer:
        return next(officer for since, officer in reversed(self.started) if since <= day)


def make_register(world: World, loader: Loader, people: People, scale: int) -> list[DemoPlatform]:
    platforms = _Builder(world, loader).build(scale)
    _share_out(world, platforms, people.officers)
    _hand_over(world, platforms, people.officers, HANDOVER_PAIRS * scale)
    _write_assignments(world, loader, platforms, people.staff)
    return platforms


@dataclass(frozen=True)
class _Topic:
    name: str
    domain: str


class _Builder:
    def __init__(self, world: World, loader: Loader) -> None:
        self.world, self.table, self.contacts = world, loader[Platform], loader[PlatformContact]
        self.types = {t.code: t for t in PlatformType.objects.all()}
        self.districts = {d.code: d for d in District.objects.all()}
        self.domains = {d.code: d for d in TechDomain.objects.all()}
        self.competent = _competent_units()
        self.topics = self._endless_topics()
        self.names: Counter[str] = Counter()

    def build(self, scale: int) -> list[DemoPlatform]:
        known = list(read_csv(REGISTER_DATA / "national_platforms.csv"))
        rows = [self._known(row, f"G{n:05d}") for n, row in enumerate(known, 1)]
        rows += self._invented(Level.NATIONAL, LEVELS[Level.NATIONAL] * scale - len(known), "G", len(known))
        rows += self._invented(Level.PROVINCIAL, LEVELS[Level.PROVINCIAL] * scale, "S", 0)
        rows += self._invented(Level.MUNICIPAL, LEVELS[Level.MUNICIPAL] * scale, "C", 0)
        return rows

    def _known(self, row: dict[str, str], code: str) -> DemoPlatform:
        """A national platform by its public name; what is not public stays open."""
        host = row["host_institution_zh"] or "待核实"
        kind = self.types[row["type_code"]]
        seat = next((district for word, district in SEATS.items() if word in host), "430104")
        domain = next((code for word, code in DOMAINS_OF.items() if word in row["name_zh"]), "HT8")
        names = [row["former_name"]] if row["former_name"] else []
        return self._write(code, row["name_zh"], kind, host, seat, domain, former_names=names)

    def _invented(self, level: Level, count: int, letter: str, taken: int) -> Iterator[DemoPlatform]:
        codes = [code for code in TYPES if self.types[code].level == level]
        kinds = [self.types[code] for code in _shared(codes, [TYPES[code][1] for code in codes], count)]
        self.world.dice.shuffle(kinds)
        for number, kind in enumerate(kinds, taken + 1):
            topic = next(self.topics)
            host = self._host(kind.code, topic)
            name = self._name(kind.code, topic, host)
            seat = self.world.pick(list(DISTRICT_SHARES), list(DISTRICT_SHARES.values()))
            address = f"示例·{self.districts[seat].name}{self.world.pick(STREETS)}{self.world.dice.randint(2, 399)}号"
            is_sensitive = topic.domain == "HT3" and self.world.chance(SENSITIVE * 10)
            yield self._write(
                f"{letter}{number:05d}", name, kind, host, seat, topic.domain, address=address, is_sensitive=is_sensitive
            )

    def _write(self, code: str, name: str, kind: PlatformType, host: str, seat: str, domain: str, **more: object) -> DemoPlatform:
        unit = MINISTERIAL.get(domain, "M-STB") if kind.code == "MKL" else self.competent[kind.code]
        pk = self.table.add(
            code=code,
            name=name,
            sort_key=pinyin_key(name),
            level=kind.level,
            type_id=kind.pk,
            competent_unit_id=self.world.units[unit].pk,
            host_institution=host,
            district_id=self.districts[seat].pk,
            tech_domain_id=self.domains[domain].pk,
            **more,
        )
        contact = self._contacts(pk)
        return DemoPlatform(pk, name.startswith("示例"), unit, seat, domain, contact)

    def _contacts(self, platform: int) -> str:
        """One person to call, at most platforms a second one; the first one's words for `people_met`."""
        met = ""
        for n in range(2 if self.world.chance(0.35) else 1):
            name = self.world.pick(SURNAMES) + self.world.pick(GIVEN)
            position = self.world.pick(CONTACT_POSITIONS)
            self.contacts.add(
                platform_id=platform, name=name, position=position, phone=invented_phone(self.world), is_primary=n == 0
            )
            met = met or f"{name[0]}{position}"
        return met

    def _host(self, kind: str, topic: _Topic) -> str:
        if kind in ("NETC", "HETC", "HETC-D", "NMIC", "HMIC"):
            return f"示例·{topic.name}{self.world.pick(HOSTS['company'])}"
        if kind == "VATIC":
            return self.world.pick(HOSTS["college"])
        if kind in ("CNRDI", "PNRDI", "HPILOT", "CPL"):
            return self.world.pick(HOSTS["institute"])
        if topic.domain == "HT2" and self.world.chance(0.3):
            return self.world.pick(HOSTS["hospital"])
        group = self.world.pick(("school", "company", "institute"), (6, 2, 1))
        host = self.world.pick(HOSTS[group])
        return f"示例·{topic.name}{host}" if group == "company" else host

    def _name(self, kind: str, topic: _Topic, host: str) -> str:
        """A name that no other platform of the demo has."""
        pattern = TYPES[kind][0]
        for ending in ENDINGS:
            name = pattern.format(topic=topic.name + ending, company=host)
            if name not in self.names:
                break
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name}({self.names[name]})"

    def _endless_topics(self) -> Iterator[_Topic]:
        rows = read_csv(DATA / "topics.csv")
        topics = [_Topic(name, row["domain"]) for row in rows for name in row["topics"].split("|")]
        while True:
            self.world.dice.shuffle(topics)
            yield from topics


def _competent_units() -> dict[str, str]:
    """The city end of each type's chain, as a code of units.csv."""
    rows = read_csv(REGISTER_DATA / "platform_types.csv")
    ends = {row["code"]: row["competent_department_zh"].split(">")[-1] for row in rows}
    return {code: COMPETENT[end] for code, end in ends.items() if end in COMPETENT}


def _shared(choices: list[str], weights: list[int], count: int) -> list[str]:
    """`count` choices in the proportion of the weights, to the nearest whole ones."""
    total, running, shared = sum(weights), 0, []
    for choice, weight in zip(choices, weights, strict=True):
        running += weight
        shared += [choice] * (round(count * running / total) - len(shared))
    return shared


def _share_out(world: World, platforms: list[DemoPlatform], officers: list[DemoOfficer]) -> None:
    """Every platform gets an officer, near to it or to its competent unit as far as there is room."""
    room: dict[str, list[DemoOfficer]] = {}
    for officer in officers:
        room.setdefault(officer.unit.code, []).extend([officer] * officer.load)
    for places in room.values():
        world.dice.shuffle(places)
    waiting = world.dice.sample(platforms, len(platforms))
    mine = [p for p in waiting if p.is_invented and p.unit_code == "M-STB"][: officers[0].load]
    for platform in mine:
        _take(platform, officers[0])
    room["M-STB"] = [officer for officer in room["M-STB"] if officer is not officers[0]]
    left = [platform for platform in waiting if not platform.started and not _find_place(world, room, platform)]
    places = [officer for group in room.values() for officer in group]
    for platform, officer in zip(left, places, strict=True):
        _take(platform, officer)


def _find_place(world: World, room: dict[str, list[DemoOfficer]], platform: DemoPlatform) -> bool:
    near = f"{'D' if platform.district.isdigit() else 'P'}-{platform.district}"
    wishes = [platform.unit_code, near] if world.chance(0.3) else [near, platform.unit_code]
    for code in wishes:
        if room.get(code):
            _take(platform, room[code].pop())
            return True
    return False


def _take(platform: DemoPlatform, officer: DemoOfficer) -> None:
    platform.started.append((START, officer))
    officer.platforms.append(platform.pk)


def _hand_over(world: World, platforms: list[DemoPlatform], officers: list[DemoOfficer], pairs: int) -> None:
    """Pairs of officers of one unit exchanged a platform some months ago: each carried as many before as after."""
    last = world.elapsed - 60
    first = world.calendar.seq(START) + 40
    if last <= first:
        return
    platform_of = {platform.pk: platform for platform in platforms}
    neighbours = zip(officers[1:], officers[2:], strict=False)
    candidates = [(a, b) for a, b in islice(neighbours, 0, None, 2) if a.unit == b.unit]
    for one, other in world.dice.sample(candidates, min(pairs, len(candidates))):
        day = world.worked_day(world.dice.randint(first, last))
        for pk, before, after in ((one.platforms[0], other, one), (other.platforms[0], one, other)):
            platform_of[pk].started = [(START, before), (day, after)]


def _write_assignments(world: World, loader: Loader, platforms: list[DemoPlatform], staff: int) -> None:
    for platform in platforms:
        for (since, officer), following in zip(platform.started, [*platform.started[1:], None], strict=True):
            loader[Assignment].add(
                officer_id=officer.pk,
                platform_id=platform.pk,
                started_on=since,
                ended_on=following[0] - timedelta(days=1) if following else None,
                created_by_id=staff,
                created_at=world.at(since, 9 * 60),
                ended_by_id=staff if following else None,
            )
