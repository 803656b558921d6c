"""The accounts of the demo. They exist only in a database that seed_demo filled."""

from typing import NamedTuple

from accounts.models import Role

PASSWORD = "Liandian-2026"  # noqa: S105 - printed on purpose, for a database of invented people


class DemoAccount(NamedTuple):
    """Somebody to sign in as; `unit` is a code of units.csv, empty for none."""

    username: str
    name: str
    role: Role
    unit: str


OFFICER = DemoAccount("chensiyuan", "陈思远", Role.OFFICER, "M-STB")
UNIT_HEAD = DemoAccount("zhouminghua", "周明华", Role.UNIT_HEAD, "M-STB")
CLERK = DemoAccount("liufang", "刘芳", Role.CLERK, "M-HUD")
BUREAU_STAFF = DemoAccount("lixiaowen", "李晓雯", Role.BUREAU_STAFF, "M-STB")
COMMISSION_OFFICE = DemoAccount("hejianguo", "何建国", Role.COMMISSION_OFFICE, "CO")
LEADER = DemoAccount("tangzhiyuan", "唐志远", Role.LEADER, "CO")
SYSTEM_ADMIN = DemoAccount("sysadmin", "系统管理员", Role.SYSTEM_ADMIN, "")
SECURITY_ADMIN = DemoAccount("secadmin", "安全管理员", Role.SECURITY_ADMIN, "")
AUDIT_ADMIN = DemoAccount("auditadmin", "审计管理员", Role.AUDIT_ADMIN, "")

ACCOUNTS = (
    OFFICER,
    UNIT_HEAD,
    CLERK,
    BUREAU_STAFF,
    COMMISSION_OFFICE,
    LEADER,
    SYSTEM_ADMIN,
    SECURITY_ADMIN,
    AUDIT_ADMIN,
)


def demo_accounts() -> list[tuple[str, str, str]]:
    """Username, role in the bureau's words, password: what `./run` prints. Reads no database."""
    return [(account.username, str(account.role.label), PASSWORD) for account in ACCOUNTS]
