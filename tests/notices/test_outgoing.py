"""The guard before every address that somebody typed in: SSRF spellings, redirects, slow and endless answers."""

import socket
import ssl
import threading
import time

import pytest

from notices import outgoing
from notices.outgoing import NotReached, Target, TargetRefused, addresses_of, post, target_of
from tests.notices.conftest import CERTIFICATE
from tests.notices.receivers import Reply, raw_server

INSIDE = "地址指向内部网络"
NO_HTTPS = "地址须以https://开头"
DISGUISED = "IP地址须写成四段十进制数"
MISSPELT = "主机名写法不对"

REFUSED = [
    # What is not public, plainly written
    ("https://127.0.0.1/", INSIDE),
    ("https://127.255.255.254/", INSIDE),
    ("https://0.0.0.0/", INSIDE),
    ("https://10.1.2.3/", INSIDE),
    ("https://172.16.0.1/", INSIDE),
    ("https://172.31.255.255/", INSIDE),
    ("https://192.168.1.1/", INSIDE),
    ("https://169.254.169.254/latest/meta-data/", INSIDE),
    ("https://100.64.0.1/", INSIDE),
    ("https://100.127.255.255/", INSIDE),
    ("https://100.100.100.200/", INSIDE),
    ("https://192.0.0.1/", INSIDE),
    ("https://192.0.2.1/", INSIDE),
    ("https://198.18.0.1/", INSIDE),
    ("https://198.51.100.1/", INSIDE),
    ("https://203.0.113.1/", INSIDE),
    ("https://192.88.99.1/", INSIDE),
    ("https://224.0.0.1/", INSIDE),
    ("https://240.0.0.1/", INSIDE),
    ("https://255.255.255.255/", INSIDE),
    # IPv6 and what it can carry
    ("https://[::1]/", INSIDE),
    ("https://[::]/", INSIDE),
    ("https://[0:0:0:0:0:0:0:1]/", INSIDE),
    ("https://[::ffff:127.0.0.1]/", INSIDE),
    ("https://[::ffff:7f00:1]/", INSIDE),
    ("https://[::ffff:8.8.8.8]/", INSIDE),
    ("https://[::127.0.0.1]/", INSIDE),
    ("https://[64:ff9b::7f00:1]/", INSIDE),
    ("https://[64:ff9b::169.254.169.254]/", INSIDE),
    ("https://[64:ff9b:1::1]/", INSIDE),
    ("https://[2002:7f00:1::]/", INSIDE),
    ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", INSIDE),
    ("https://[2001:db8::1]/", INSIDE),
    ("https://[3fff::1]/", INSIDE),
    ("https://[fc00::1]/", INSIDE),
    ("https://[fd12:3456::1]/", INSIDE),
    ("https://[fe80::1]/", INSIDE),
    ("https://[fec0::1]/", INSIDE),
    ("https://[ff02::1]/", INSIDE),
    ("https://[fe80::1%25eth0]/", "地址中不能有用户名、编码的主机名或#"),
    ("https://[::1/", "地址写法不对"),
    # The same in disguise
    ("https://2130706433/", DISGUISED),
    ("https://017700000001/", DISGUISED),
    ("https://0x7f000001/", DISGUISED),
    ("https://0x7f.0.0.1/", DISGUISED),
    ("https://0177.0.0.1/", DISGUISED),
    ("https://127.0.0.01/", DISGUISED),
    ("https://127.1/", DISGUISED),
    ("https://127.0.1/", DISGUISED),
    ("https://256.0.0.1/", DISGUISED),
    ("https://127.0.0.1.1/", DISGUISED),
    ("https://0/", DISGUISED),
    ("https://0x/", DISGUISED),
    ("https://127.0.0.1./", INSIDE),
    ("https://127.0.0.1../", MISSPELT),
    ("https://１２７.０.０.１/", INSIDE),
    ("https://127。0。0。1/", INSIDE),
    ("https://①②⑦.⓪.⓪.①/", INSIDE),
    ("https://%31%32%37.0.0.1/", "地址中不能有用户名、编码的主机名或#"),
    # Odd addresses
    ("https://good.example@127.0.0.1/", "地址中不能有用户名、编码的主机名或#"),
    ("https://user:word@good.example/", "地址中不能有用户名、编码的主机名或#"),
    ("https://good.example#@127.0.0.1/", "地址中不能有用户名、编码的主机名或#"),
    ("https://good.example:80/", "端口须是443"),
    ("https://good.example:22/", "端口须是443"),
    ("https://good.example:0/", "端口须是443"),
    ("https://good.example:65536/", "地址写法不对"),
    ("https://good.example:x/", "地址写法不对"),
    ("http://good.example/", NO_HTTPS),
    ("HTTP://good.example/", NO_HTTPS),
    ("ftp://good.example/", NO_HTTPS),
    ("file:///etc/passwd", NO_HTTPS),
    ("gopher://127.0.0.1:6379/_x", NO_HTTPS),
    ("https:///x", NO_HTTPS),
    ("https:good.example", NO_HTTPS),
    ("//good.example/", NO_HTTPS),
    ("", NO_HTTPS),
    ("https://good.example\\@127.0.0.1/", "地址中有空白或控制字符"),
    ("https://good.example/\r\nHost: x", "地址中有空白或控制字符"),
    ("https://good.example/\tx", "地址中有空白或控制字符"),
    (" https://good.example/", "地址中有空白或控制字符"),
    ("https://good.example/\x00", "地址中有空白或控制字符"),
    ("https://good..example/", MISSPELT),
    ("https://.example/", MISSPELT),
    ("https://good.example,evil/", MISSPELT),
    (f"https://{'a' * 64}.example/", MISSPELT),
    ("https://good.example/路径", "路径中的非ASCII字符须编码"),
]


@pytest.mark.parametrize(("url", "why"), REFUSED, ids=[repr(url) for url, _why in REFUSED])
def test_what_no_channel_has_a_use_for_is_refused_before_any_name_is_asked_for(url, why):
    with pytest.raises(TargetRefused) as refusal:
        target_of(url)
    assert str(refusal.value) == why


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://open.feishu.cn/open-apis/bot/v2/hook/ID", ("open.feishu.cn", 443, "/open-apis/bot/v2/hook/ID")),
        (
            "https://oapi.dingtalk.com/robot/send?access_token=x",
            ("oapi.dingtalk.com", 443, "/robot/send?access_token=x"),
        ),
        ("HTTPS://QYAPI.Weixin.QQ.com.:443", ("qyapi.weixin.qq.com", 443, "/")),
        ("https://长沙.example/a", ("xn--xuw958f.example", 443, "/a")),
        ("https://8.8.8.8/", ("8.8.8.8", 443, "/")),
        ("https://[2606:4700:4700::1111]/", ("2606:4700:4700::1111", 443, "/")),
    ],
)
def test_a_public_address_has_one_spelling(url, target):
    assert target_of(url) == Target("https", *target)


class TestResolving:
    """Names of this machine's own hosts file and literals: no name server is needed."""

    def test_a_name_that_leads_inside_is_refused_however_public_it_looks(self):
        with pytest.raises(TargetRefused, match=INSIDE):
            addresses_of(target_of("https://localhost/"))

    def test_every_address_of_a_name_must_be_public(self, monkeypatch):
        found = [(2, 1, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
        with pytest.raises(TargetRefused, match=INSIDE):
            addresses_of(target_of("https://good.example/"))

    def test_the_name_is_resolved_once_and_the_connection_goes_where_it_was_checked(
        self, receiver, settings, monkeypatch
    ):
        """DNS rebinding: the second answer would lead elsewhere, and nobody asks for it."""
        settings.WEBHOOK_ALLOW_HOSTS = ["good.example"]
        asked, real = [], socket.getaddrinfo

        def first_here_then_elsewhere(host, *args, **kwargs):
            if host != "good.example":
                return real(host, *args, **kwargs)
            asked.append(host)
            ip = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, receiver.port))]

        monkeypatch.setattr(socket, "getaddrinfo", first_here_then_elsewhere)
        post(f"http://good.example:{receiver.port}/x", b"{}", {})
        assert asked == ["good.example"]
        assert [got.headers["host"] for got in receiver.got] == [f"good.example:{receiver.port}"]

    def test_a_name_server_that_does_not_answer_is_not_waited_for(self, monkeypatch):
        monkeypatch.setattr(outgoing, "RESOLVE_SECONDS", 0.1)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(5))
        with pytest.raises(NotReached, match="域名解析超时"):
            addresses_of(target_of("https://good.example/"))


class TestAllowedHosts:
    @pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.1:8081"])
    def test_a_named_host_may_be_inside_and_without_tls(self, settings, entry):
        settings.WEBHOOK_ALLOW_HOSTS = [entry]
        assert target_of("http://127.0.0.1:8081/x") == Target("http", "127.0.0.1", 8081, "/x")

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8082/", "http://127.0.0.2:8081/", "http://localhost:8081/"])
    def test_an_entry_with_a_port_opens_that_port_alone(self, settings, url):
        settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1:8081"]
        with pytest.raises(TargetRefused):
            target_of(url)

    def test_by_default_there_is_none(self, settings):
        assert settings.WEBHOOK_ALLOW_HOSTS == []


class TestAnswers:
    def test_a_redirect_is_not_followed(self, receiver):
        receiver.reply = Reply(status=307, headers={"Location": receiver.url("/elsewhere")})
        assert post(receiver.url("/first"), b"{}", {}).status == 307
        assert [got.path for got in receiver.got] == ["/first"]

    def test_a_proxy_of_the_environment_is_not_asked(self, receiver, monkeypatch):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert post(receiver.url(), b"{}", {}).status == 200

    def test_no_more_of_an_answer_is_read_than_is_wanted(self, receiver):
        receiver.reply = Reply(body=b"x" * 1_000_000)
        assert post(receiver.url(), b"{}", {}, want=1000).body == b"x" * 1000
        assert post(receiver.url(), b"{}", {}).body == b""

    def test_the_body_and_its_headers(self, receiver):
        post(receiver.url("/a?b=c"), "逾期".encode(), {"webhook-id": "x"})
        (got,) = receiver.got
        assert (got.path, got.body.decode()) == ("/a?b=c", "逾期")
        assert {name: got.headers[name] for name in ("content-type", "content-length", "webhook-id")} == {
            "content-type": "application/json; charset=utf-8",
            "content-length": "6",
            "webhook-id": "x",
        }

    @pytest.mark.parametrize(
        "part", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b""]
    )
    def test_a_receiver_that_sends_a_byte_now_and_then_is_cut_off(self, settings, part):
        settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
        stop = threading.Event()

        def drip(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(part)
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        with raw_server(drip) as port:
            began = time.monotonic()
            with pytest.raises(NotReached, match="超时"):
                post(f"http://127.0.0.1:{port}/", b"{}", {}, want=65536, seconds=0.5)
            assert 0.4 < time.monotonic() - began < 3
            stop.set()

    def test_one_that_takes_the_connection_and_says_nothing_times_out(self, settings, monkeypatch):
        monkeypatch.setattr(outgoing, "READ_SECONDS", 0.2)
        settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
        with raw_server(lambda connection: time.sleep(3)) as port, pytest.raises(NotReached, match="超时"):
            post(f"http://127.0.0.1:{port}/", b"{}", {})

    @pytest.mark.parametrize(
        "answer", [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200]
    )
    def test_what_is_not_http_is_no_answer(self, settings, answer):
        settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]

        def talk(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()

        with raw_server(talk) as port, pytest.raises(NotReached):
            post(f"http://127.0.0.1:{port}/", b"{}", {})

    def test_nobody_listens(self, settings):
        settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
        with pytest.raises(NotReached, match="连接被拒绝"):
            post("http://127.0.0.1:9/", b"{}", {})


class TestTls:
    @pytest.fixture(autouse=True)
    def lead_the_name_here(self, settings, monkeypatch, tls_server):
        settings.WEBHOOK_ALLOW_HOSTS = ["good.example", "bad.example"]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", tls_server))]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: found if host.endswith(".example") else real(host, *a, **k)
        )
        self.port = tls_server

    @pytest.fixture
    def vouched_for(self, monkeypatch):
        monkeypatch.setattr(outgoing, "_tls", lambda: ssl.create_default_context(cafile=CERTIFICATE))

    def test_the_certificate_is_that_of_the_name_though_the_connection_goes_to_an_address(self, receiver, vouched_for):
        assert post(f"https://good.example:{self.port}/x", b"{}", {}).status == 200
        assert receiver.got[0].headers["host"] == f"good.example:{self.port}"

    def test_one_of_another_name_is_refused(self, receiver, vouched_for):
        with pytest.raises(NotReached, match="证书不被信任：Hostname mismatch"):
            post(f"https://bad.example:{self.port}/x", b"{}", {})
        assert receiver.got == []

    def test_one_that_nobody_vouches_for_is_refused(self, receiver):
        with pytest.raises(NotReached, match="证书不被信任：self-signed certificate"):
            post(f"https://good.example:{self.port}/x", b"{}", {})
        assert receiver.got == []
