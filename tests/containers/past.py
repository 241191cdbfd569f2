"""An old backup of one service's database, put back under the running system; and how it is made good again."""

from __future__ import annotations

from tests.containers.stack import Stack


class Past:
    """The database of ``service``, now and then. What `keep` dumps is what any administrator would have at hand."""

    def __init__(self, stack: Stack, service: str) -> None:
        self.service = service
        self._stack = stack
        self._container = stack.container(service)
        self._dump = f"/tmp/{service}.dump"

    def keep(self) -> None:
        """Dump the database as it is, while everything runs."""
        self._inside("pg_dump", "-Fc", "-f", self._dump, self.service)

    def put_back(self) -> None:
        """What was dumped takes the place of what is; the service starts on it."""
        self._away()
        self._administer(f"ALTER DATABASE {self.service} RENAME TO {self.service}_true")
        self._inside("pg_restore", "--create", "--exit-on-error", "-d", "postgres", self._dump)
        self._stack.docker("start", self._container)

    def undo(self) -> None:
        """The true database is put back, under a new epoch that is written down beside it, as a restore does."""
        self._away()
        self._administer(
            f"DROP DATABASE {self.service}", f"ALTER DATABASE {self.service}_true RENAME TO {self.service}"
        )
        self._stack.rows(
            [self.service],
            "WITH life AS (UPDATE log_head SET epoch = replace(gen_random_uuid()::text, '-', '') RETURNING epoch) "
            "INSERT INTO operator_acts (at, act, about, done_by, reason) "
            "SELECT extract(epoch FROM now()) * 1000000, 'restore', epoch, 'storm', 'puesta de nuevo' FROM life",
        )
        self._stack.docker("start", self._container)

    def _away(self) -> None:
        """Nobody is connected to the database any more."""
        self._stack.docker("kill", self._container)
        self._administer(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.service}'",
        )

    def _administer(self, *statements: str) -> None:
        for statement in statements:
            self._stack.rows(["postgres"], statement)

    def _inside(self, program: str, *arguments: str) -> None:
        password = self._stack.secrets()["postgres_password"]
        inside = ["exec", "-e", f"PGPASSWORD={password}", self._stack.container("postgres")]
        self._stack.docker(*inside, program, "-h", "127.0.0.1", "-U", "postgres", *arguments)
