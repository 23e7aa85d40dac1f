"""Fixtures: real models, real data, and one running installation behind the wire."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from likeness.app import create_app
from likeness.compose import Installation, embedded
from likeness.models import packs
from likeness.settings import Settings
from tests.caller import Caller

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures and clips, which is not part of the project."""
    folder = Path(os.environ.get("LIKENESS_TEST_DATA", HERE.parent.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("needs the test data: set LIKENESS_TEST_DATA to its folder (see CONTRIBUTING.md)")
    return folder


@pytest.fixture(scope="session")
def models_path() -> Path:
    """Where the default pack lies, converted."""
    path = Settings().models_path
    packs.prepare(packs.load("default"), path)
    return path


@pytest.fixture(scope="session")
def published() -> Path:
    """A folder of the files that others publish and `likeness models pull` fetches."""
    folder = Path(os.environ.get("LIKENESS_TEST_MODELS", HERE.parent.parent / "shared" / "models"))
    if not folder.is_dir():
        pytest.skip("needs published models: set LIKENESS_TEST_MODELS to their folder (see CONTRIBUTING.md)")
    return folder


@pytest.fixture(scope="session")
def all_models_path(models_path: Path, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the default pack lies and the files of pack mobile have been put by hand."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "default").symlink_to(models_path / "default")
    (folder / "mobile").mkdir()
    for file in packs.load("mobile").manifest.files:
        shutil.copy(published / file.name, folder / "mobile")
    return folder


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, models_path: Path) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"), models_dir=models_path, workers=2)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    """One installation with two workers for the whole session."""
    built = embedded(settings)
    await built.engine.start()
    yield built
    await built.engine.close()
    built.stores.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client whose requests go straight into the application."""
    transport = httpx.ASGITransport(create_app(installation))
    async with httpx.AsyncClient(transport=transport, base_url="http://likeness/faceid/lite/raw", timeout=60) as made:
        yield made


@pytest.fixture
def caller(client: httpx.AsyncClient, installation: Installation) -> Caller:
    """A caller with a fresh key that may do everything."""
    return Caller.fresh(client, installation)
