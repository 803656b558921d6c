"""The only door to addresses that people typed in, of robots and webhooks. It keeps them out of our own network.

A name is resolved once; every address it has must be a public one, and the connection goes to the address that was
checked. Redirects are not followed, no proxy of the environment is asked. WEBHOOK_ALLOW_HOSTS names the exceptions:
`host` or `host:port`, for which plain HTTP, any port and private addresses are allowed.
"""

import http.client
import ipaddress
import os
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

T = TypeVar("T")

CONNECT_SECONDS, ADDRESSES_TRIED = 3.0, 3
READ_SECONDS = 8.0
RESOLVE_SECONDS = 5.0
# Of one exchange altogether: a receiver that sends a byte now and then meets no other limit. Well below the lease.
WHOLE_SECONDS = 20.0

# What some resolvers read as an IPv4 address though nobody writes one so: 2130706433, 0x7f.1, 127.1, 0177.0.0.1.
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
PRIVATE_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Outside this block lie loopback, mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96), ULA, link-local, multicast.
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
# Protocol assignments with Teredo, documentation, 6to4, documentation again.
PRIVATE_V6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


class TargetRefused(Exception):
    """The address is not one we send to; the text says why and does not repeat it: it may hold a key."""


class NotReached(Exception):
    """Nobody answered as HTTP asks; the text says what happened and holds nothing of the address."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads, in one spelling."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_allowed(self) -> bool:
        """Whether the operator named it in WEBHOOK_ALLOW_HOSTS."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return not {name, f"{name}:{self.port}"}.isdisjoint(entry.lower() for entry in settings.WEBHOOK_ALLOW_HOSTS)


@dataclass(frozen=True)
class Answer:
    """Names of headers are in lower case; the body goes no further than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def target_of(url: str) -> Target:
    """Where the URL leads. Raises TargetRefused for what no channel has a use for; asks no name server."""
    if any(char <= " " or char in "\\\x7f" for char in url):
        raise TargetRefused(_("地址中有空白或控制字符"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused(_("地址写法不对")) from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise TargetRefused(_("地址须以https://开头"))
    if "@" in parts.netloc or "%" in parts.netloc or parts.fragment:
        raise TargetRefused(_("地址中不能有用户名、编码的主机名或#"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise TargetRefused(_("路径中的非ASCII字符须编码"))
    default = 443 if parts.scheme == "https" else 80
    target = Target(parts.scheme, _one_spelling(parts.hostname), default if port is None else port, path)
    if target.is_allowed:
        return target
    if target.scheme != "https":
        raise TargetRefused(_("地址须以https://开头"))
    if target.port != default:
        raise TargetRefused(_("端口须是443"))
    if (literal := _literal(target.host)) and not is_public(literal):
        raise TargetRefused(_("地址指向内部网络"))
    return target


def is_public(address: str) -> bool:
    """Whether it is an address of the public internet, by the ranges set aside for anything else."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in PRIVATE_V4)
    return ip in GLOBAL_V6 and not any(ip in network for network in PRIVATE_V6)


def addresses_of(target: Target) -> list[str]:
    """The addresses to connect to. Raises TargetRefused if any of them is none of the public internet's."""
    try:
        found = within(RESOLVE_SECONDS, lambda: socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
    except TimeoutError:
        raise NotReached(_("域名解析超时")) from None
    except (OSError, UnicodeError):
        raise NotReached(_("域名解析不到")) from None
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if not target.is_allowed and not all(is_public(address) for address in addresses):
        raise TargetRefused(_("地址指向内部网络"))
    return addresses


def post(url: str, body: bytes, headers: Mapping[str, str], *, want: int = 0, seconds: float = WHOLE_SECONDS) -> Answer:
    """Sends the body as JSON and reads at most `want` bytes of the answer. Raises TargetRefused or NotReached."""
    target = target_of(url)
    connection = _Connection(target, addresses_of(target))
    watch = threading.Timer(seconds, connection.break_off)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, {"Content-Type": "application/json; charset=utf-8", **headers})
        response = connection.getresponse()
        content = response.read(want) if want else b""
        if connection.is_broken_off:  # the library takes a sudden end for the end of the answer
            raise TimeoutError
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, content)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotReached(_("超时") if connection.is_broken_off else _reason(error)) from None
    finally:
        watch.cancel()
        connection.close()


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns, or TimeoutError: for calls that offer no time limit of their own and may be abandoned."""
    outcome = _Outcome(call)
    thread = threading.Thread(target=outcome.run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if outcome.error is not None:
        raise outcome.error
    return outcome.value[0]  # type: ignore[no-any-return] # the call's own


@dataclass
class _Outcome:
    call: Callable[[], object]
    value: list = field(default_factory=list)  # type: ignore[type-arg] # of what the call returns
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.value.append(self.call())
        except BaseException as error:  # handed to the thread that waits
            self.error = error


class _Connection(http.client.HTTPConnection):
    """HTTP or HTTPS to one of the checked addresses; certificate and Host header are those of the name."""

    def __init__(self, target: Target, addresses: list[str]) -> None:
        self.target, self.addresses = target, addresses
        self.is_broken_off = False
        self.raw: socket.socket | None = None
        if target.scheme == "https":
            self.default_port = 443
        super().__init__(target.host, target.port, timeout=READ_SECONDS)

    def connect(self) -> None:
        plain = self._first_that_answers()
        plain.settimeout(READ_SECONDS)
        # A second handle on the same connection: the TLS layer takes the first one over.
        self.raw = plain.dup()
        is_tls = self.target.scheme == "https"
        self.sock = _tls().wrap_socket(plain, server_hostname=self.target.host) if is_tls else plain

    def _first_that_answers(self) -> socket.socket:
        trouble: OSError = TimeoutError()
        for address in self.addresses[:ADDRESSES_TRIED]:
            try:
                return socket.create_connection((address, self.target.port), CONNECT_SECONDS)
            except OSError as error:
                trouble = error
        raise trouble

    def break_off(self) -> None:
        """From another thread: whoever reads or writes now finds the connection ended."""
        self.is_broken_off = True
        if self.raw is not None:
            with suppress(OSError):
                self.raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self.raw is not None:
            self.raw.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _one_spelling(host: str) -> str:
    """Lower case, without the root's dot, IDN in its ASCII form. Raises TargetRefused for numbers in disguise."""
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise TargetRefused(_("主机名写法不对")) from None
    try:
        # IDNA also folds full-width digits and dots, which is how １２７.０.０.１ shows what it is.
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise TargetRefused(_("主机名写法不对")) from None
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", name):
        raise TargetRefused(_("主机名写法不对"))
    if NUMERIC.fullmatch(name.rpartition(".")[2]) and _literal(name) is None:
        raise TargetRefused(_("IP地址须写成四段十进制数"))
    return name


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    """In words of our own: the library's may quote the address."""
    if isinstance(error, TimeoutError):
        return _("超时")
    if isinstance(error, ConnectionRefusedError):
        return _("连接被拒绝")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("证书不被信任：%(why)s") % {"why": error.verify_message}
    if isinstance(error, ssl.SSLError):
        return _("TLS连接失败：%(why)s") % {"why": error.reason}
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return _("连接中断或答复不是HTTP")
