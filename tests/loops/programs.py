"""The program of each loop: `python -m tests.loops.programs LOOP CONFIG`, in an environment with the loops.

Each is what a user of the driver, or of an adapter under that loop, would write.
"""

from __future__ import annotations

import sys

if sys.argv[1:2] == ["gevent-patched"]:
    from gevent import monkey

    monkey.patch_all()
elif sys.argv[1:2] == ["eventlet-patched"]:
    import eventlet

    eventlet.monkey_patch()

from collections.abc import Callable
from pathlib import Path

from sansio_tl import ClientConfig
from tests.loops.scenario import CALL, CODE, NUMBER, PASSWORD, Login, clock, read_config, show

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "examples" / "loops"))


def run_selectors(config: ClientConfig) -> None:
    from selectors_driver import Driver

    login = Login(config)
    driver = Driver(login.client, clock, login.on_event)
    login.start(driver)
    while not login.finished:
        driver.step()
    show(driver.invoke(CALL))
    login.close()


def run_twisted(config: ClientConfig) -> None:
    from twisted.internet import reactor, task
    from twisted.internet.defer import Deferred
    from twisted_driver import Driver

    async def main() -> None:
        done: Deferred[None] = Deferred()
        login = Login(config, lambda: done.callback(None))
        driver = Driver(login.client, clock, login.on_event, reactor)
        login.start(driver)
        await done
        show(await driver.invoke(CALL))
        login.close()

    task.react(lambda _: Deferred.fromCoroutine(main()))


def run_tornado(config: ClientConfig) -> None:
    import asyncio

    from tornado_driver import Driver

    async def main() -> None:
        done = asyncio.Event()
        login = Login(config, done.set)
        driver = Driver(login.client, clock, login.on_event)
        login.start(driver)
        await done.wait()
        show(await driver.invoke(CALL))
        login.close()

    asyncio.run(main())


def run_gevent(config: ClientConfig) -> None:
    from gevent.event import Event
    from gevent_driver import Driver

    done = Event()
    login = Login(config, done.set)
    driver = Driver(login.client, clock, login.on_event)
    login.start(driver)
    done.wait()
    show(driver.invoke(CALL))
    login.close()


def run_eventlet(config: ClientConfig) -> None:
    from eventlet.event import Event
    from eventlet_driver import Driver

    done = Event()
    login = Login(config, done.send)
    driver = Driver(login.client, clock, login.on_event)
    login.start(driver)
    done.wait()
    show(driver.invoke(CALL))
    login.close()


def run_anyio(config: ClientConfig, backend: str) -> None:
    import anyio
    from anyio_driver import Driver

    async def main() -> None:
        done = anyio.Event()
        login = Login(config, done.set)
        async with anyio.create_task_group() as tasks:
            driver = Driver(login.client, clock, login.on_event, tasks)
            login.start(driver)
            await done.wait()
            show(await driver.invoke(CALL))
            login.close()

    anyio.run(main, backend=backend)


def run_curio(config: ClientConfig) -> None:
    import curio
    from curio_driver import Driver

    async def main() -> None:
        done = curio.UniversalEvent()
        login = Login(config, done.set)
        driver = Driver(login.client, clock, login.on_event)
        task = await curio.spawn(driver.run)
        login.start(driver)
        await done.wait()
        show(await driver.invoke(CALL))
        login.close()
        await task.cancel()

    curio.run(main)


def run_qt(config: ClientConfig) -> None:
    from PySide6.QtCore import QCoreApplication
    from qt_driver import Driver

    app = QCoreApplication([])
    login = Login(config, lambda: driver.invoke(CALL, lambda handle: finish(handle.result())))

    def finish(users: object) -> None:
        show(users)
        login.close()
        app.quit()

    driver = Driver(login.client, clock, login.on_event)
    login.start(driver)
    app.exec()


def call_with_sync(config: ClientConfig) -> None:
    """With the adapter for blocking sockets, in whatever sockets and threads are at this moment."""
    from sansio_tl_transports.sync import open_client

    with open_client(config) as client:
        client.login(NUMBER, api_hash="hash", code=lambda _: CODE, password=PASSWORD)
        show(client.invoke(CALL))


async def call_with_asyncio(config: ClientConfig) -> None:
    """With the adapter for asyncio, in the running loop."""
    from sansio_tl_transports.asyncio import open_client

    async with open_client(config) as client:
        await client.login(NUMBER, api_hash="hash", code=lambda _: CODE, password=PASSWORD)
        show(await client.invoke(CALL))


def run_uvloop(config: ClientConfig) -> None:
    import uvloop

    uvloop.run(call_with_asyncio(config))


def run_qasync(config: ClientConfig) -> None:
    import qasync
    from PySide6.QtCore import QCoreApplication

    with qasync.QEventLoop(QCoreApplication([])) as loop:
        loop.run_until_complete(call_with_asyncio(config))


def run_gevent_patched(config: ClientConfig) -> None:
    import gevent

    gevent.spawn(call_with_sync, config).get()


def run_eventlet_patched(config: ClientConfig) -> None:
    import eventlet

    eventlet.spawn(call_with_sync, config).wait()


PROGRAMS: dict[str, Callable[[ClientConfig], None]] = {
    "selectors": run_selectors,
    "twisted": run_twisted,
    "tornado": run_tornado,
    "gevent": run_gevent,
    "eventlet": run_eventlet,
    "anyio-asyncio": lambda config: run_anyio(config, "asyncio"),
    "anyio-trio": lambda config: run_anyio(config, "trio"),
    "curio": run_curio,
    "qt": run_qt,
    "uvloop": run_uvloop,
    "qasync": run_qasync,
    "gevent-patched": run_gevent_patched,
    "eventlet-patched": run_eventlet_patched,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](read_config(Path(sys.argv[2])))
