"""What befalls the containers: each blow strikes something, and says how it is made good again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from tests.containers.stack import OURS, SERVICES, Failed, Stack

Cure = Callable[[], object]
_ROUTE = (
    "import fcntl, socket, struct, sys\n"
    "def place(text):\n"
    "    return struct.pack('=HH4s8x', socket.AF_INET, 0, socket.inet_aton(text))\n"
    # struct rtentry: a route to one host that is up and refuses.
    "route = struct.pack('@L16s16s16sHhLPhPLLH', 0, place(sys.argv[2]), place('0.0.0.0'), place('255.255.255.255'),\n"
    "                    0x0205, 0, 0, 0, 0, 0, 0, 0, 0)\n"
    "line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "fcntl.ioctl(line, {'add': 0x890B, 'del': 0x890C}[sys.argv[1]], route)\n"
)


@dataclass(frozen=True)
class Blow:
    """``strike`` breaks; what it gives back is called some seconds later to end it (None: it heals by itself)."""

    name: str
    strike: Callable[[], Cure | None]


class Blows:
    """Everything that can be done to ``stack`` from outside, but for its past (see `tests.containers.past`)."""

    def __init__(self, stack: Stack, dice: random.Random) -> None:
        self._stack = stack
        self._dice = dice

    def each_kind(self) -> Iterator[Blow]:
        """Each kind once, whoever it meets; all of ours are killed together."""
        one = self._dice.choice
        yield Blow("docker kill of every service and the gateway", lambda: self.kill(*OURS))
        yield Blow("a process killed", lambda: self.kill_inside(one(OURS)))
        yield Blow("a service stopped (SIGSTOP)", lambda: self.pause(one(SERVICES)))
        yield Blow("broker or database stopped (SIGSTOP)", lambda: self.pause(one(("rabbitmq", "postgres"))))
        yield Blow("docker kill of the broker", lambda: self.kill("rabbitmq"))
        yield Blow("broker data wiped", self.wipe_the_broker)
        yield Blow("docker kill of the database", lambda: self.kill("postgres"))
        yield Blow("database restarted", self.restart_the_database)
        yield Blow("network cut: one from all", lambda: self.cut_off(one(OURS)))
        yield Blow("network cut: one from the broker", lambda: self.cut_between(one(OURS), "rabbitmq"))
        yield Blow("network cut: one from the database", lambda: self.cut_between(one(OURS), "postgres"))
        yield Blow("queues purged and deleted", self.purge_and_delete_queues)

    def each_victim(self) -> Iterator[Blow]:
        """Each kind on each victim that it can meet."""
        for name in (*OURS, "caddy"):
            yield Blow("docker kill of one", lambda name=name: self.kill(name))  # type: ignore[misc]
        for name in OURS:
            yield Blow("a process killed", lambda name=name: self.kill_inside(name))  # type: ignore[misc]
        for name in (*OURS, "rabbitmq", "postgres"):
            yield Blow("one stopped (SIGSTOP)", lambda name=name: self.pause(name))  # type: ignore[misc]
            yield Blow("network cut: one from all", lambda name=name: self.cut_off(name))  # type: ignore[misc]
        for name in OURS:
            for other in ("rabbitmq", "postgres"):
                cut = lambda name=name, other=other: self.cut_between(name, other)  # noqa: E731
                yield Blow("network cut: one from another", cut)
        yield Blow("docker kill of every service and the gateway", lambda: self.kill(*OURS))
        for _ in range(3):
            yield Blow("docker kill of the broker", lambda: self.kill("rabbitmq"))
            yield Blow("broker data wiped", self.wipe_the_broker)
            yield Blow("docker kill of the database", lambda: self.kill("postgres"))
            yield Blow("database restarted", self.restart_the_database)
            yield Blow("queues purged and deleted", self.purge_and_delete_queues)

    # Processes

    def kill(self, *names: str) -> Cure:
        """``docker kill``, after which Docker leaves them down until they are started."""
        containers = [self._stack.container(name) for name in names]
        for each in containers:
            with suppress(Failed):
                # Another blow took it down already; it is started again all the same.
                self._stack.docker("kill", each)
        return lambda: self._stack.docker("start", *containers)

    def kill_inside(self, name: str) -> None:
        """SIGKILL to the process itself, as the kernel does it for memory: Docker starts the container again."""
        self._stack.docker("exec", self._stack.container(name), "sh", "-c", "kill -9 -1")

    def pause(self, name: str) -> Cure:
        container = self._stack.container(name)
        self._stack.docker("pause", container)
        return lambda: self._stack.docker("unpause", container)

    # Broker and database

    def wipe_the_broker(self) -> Cure:
        """Container and volume are gone; what comes back is empty: no exchange, no queue."""
        self._stack.docker("rm", "--force", self._stack.container("rabbitmq"))
        self._stack.docker("volume", "rm", f"{self._stack.project}_rabbitmq-data")
        return lambda: self._stack.compose("up", "--detach", "--no-deps", "--no-build", "rabbitmq")

    def restart_the_database(self) -> None:
        self._stack.docker("restart", "--time", "30", self._stack.container("postgres"))

    def purge_and_delete_queues(self) -> None:
        """Half of the followers' queues are emptied, the other half deleted."""
        broker = ["exec", self._stack.container("rabbitmq"), "rabbitmqctl", "--quiet"]
        listed = self._stack.docker(*broker, "list_queues", "--no-table-headers", "-p", "impulso", "name").split()
        queues = [name for name in listed if ".follows." in name]
        self._dice.shuffle(queues)
        what = ["purge_queue", "delete_queue"] * len(queues)
        asked = " ; ".join(
            f"rabbitmqctl -q {act} -p impulso {name}" for act, name in zip(what, queues[:6], strict=False)
        )
        self._stack.docker("exec", self._stack.container("rabbitmq"), "sh", "-ec", asked)

    # Lines

    def cut_off(self, name: str) -> Cure:
        """Out of the network in which broker, database and services are; its connections are told nothing."""
        network, container = f"{self._stack.project}_inside", self._stack.container(name)
        self._stack.docker("network", "disconnect", network, container)
        return lambda: self._stack.docker("network", "connect", "--alias", name, network, container)

    def cut_between(self, name: str, other: str) -> Cure:
        """``name`` reaches ``other`` no more, and everybody else as before."""
        container, address = self._stack.container(name), self._stack.address(other)

        def route(act: str) -> None:
            inside = ["run", "--rm", "--network", f"container:{container}", "--user", "0", "--cap-add", "NET_ADMIN"]
            self._stack.docker(*inside, "--entrypoint", "python", self._stack.image, "-S", "-c", _ROUTE, act, address)

        route("add")
        return lambda: route("del")
