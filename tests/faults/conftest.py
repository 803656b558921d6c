import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import Zygote
from tests.faults.receiver import Receiver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.processes)


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether the run was asked for with --faults."""
    return bool(request.config.getoption("faults"))


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """The same as in an earlier run with its --faults-seed; a test that fails shows the seed."""
    seed = request.config.getoption("faults_seed")
    sys.stdout.write(f"--faults-seed {seed}\n")
    return random.Random(seed)


@pytest.fixture(scope="session")
def one_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="session")
def one_zygote(
    django_db_setup: None, one_receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Zygote]:
    zygote = Zygote(tmp_path_factory.mktemp("zygote"), **one_receiver.environment)
    yield zygote
    zygote.end()


@pytest.fixture
def receiver(one_receiver: Receiver) -> Receiver:
    one_receiver.arrived.clear()
    return one_receiver


@pytest.fixture
def zygote(committed: None, one_zygote: Zygote) -> Zygote:
    """Runs commands on the test's database, in which everything is really committed."""
    return one_zygote
