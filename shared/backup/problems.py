"""What can be wrong with a backup or a restore. Each has a stable code and says in Spanish what to do."""

from __future__ import annotations

from typing import ClassVar


class BackupProblem(Exception):
    """Base of them all. ``kind`` is ``usage``, ``refused``, ``away`` (try again) or ``broken``."""

    code: ClassVar[str] = "BACKUP_PROBLEM"
    kind: ClassVar[str] = "broken"
    message: ClassVar[str] = "La copia no se puede usar."

    def __init__(self, **parameters: object) -> None:
        super().__init__(self.message.format(**parameters))


class NoBackup(BackupProblem):
    code = "NO_BACKUP"
    kind = "usage"
    message = "En «{place}» no hay una copia terminada. Revise la ruta, o termine la copia con «impulso backup»."


class NoSites(BackupProblem):
    code = "NO_DATABASES"
    kind = "usage"
    message = (
        "No se sabe qué copiar: indique --data con la carpeta del sistema embebido, o defina "
        "IMPULSO_<SERVICIO>_OWNER_URL e IMPULSO_<SERVICIO>_KEYS_OWNER_URL de cada servicio. Falta: {missing}."
    )


class Busy(BackupProblem):
    code = "WRITERS_BUSY"
    kind = "away"
    message = "Una transacción de {service} no termina y no se logró un instante común. Reintente en un momento."


class InUse(BackupProblem):
    code = "BACKUP_IN_USE"
    kind = "away"
    message = "Otro proceso trabaja en «{place}». Espere a que termine y reintente."


class StillServed(BackupProblem):
    code = "SERVICES_RUNNING"
    kind = "away"
    message = "{service} todavía está en marcha y usa esa base. Deténgalo («docker compose stop») y repita el comando."


class NotEmpty(BackupProblem):
    code = "NOT_EMPTY"
    kind = "refused"
    message = (
        "En {service} ya hay datos ({head} eventos) y no se tocan. Restaure en un lugar vacío, o repita con --replace: "
        "lo que hay se aparta, no se borra."
    )


class AnotherRestore(BackupProblem):
    code = "ANOTHER_RESTORE"
    kind = "refused"
    message = (
        "En {service} quedó a medias la restauración de la copia {point}. Termínela con la misma copia, o empiece de "
        "nuevo con --replace."
    )


class PieceBroken(BackupProblem):
    code = "PIECE_BROKEN"
    message = "La pieza {name} de la copia falta o está alterada. Use otra copia («impulso backup list»)."


class PointBroken(BackupProblem):
    code = "POINT_BROKEN"
    message = "La copia {point} no es coherente: {what}."


class KeysOlder(BackupProblem):
    code = "KEYS_OLDER"
    message = (
        "La copia de claves de {service} es más vieja que los eventos: faltan {what}. Use la carpeta de claves que se "
        "hizo con esa copia o después."
    )


class MasterKeyAbsent(BackupProblem):
    code = "MASTER_KEY_MISSING"
    kind = "refused"
    message = (
        "La clave maestra no viene en la copia. Ponga la de la instalación original en «{place}» (chmod 600) y repita: "
        "sin ella nada personal se podría leer."
    )


class MasterKeyOther(BackupProblem):
    code = "MASTER_KEY_WRONG"
    kind = "refused"
    message = "La clave maestra de «{place}» no es la de la copia ({expected}); ponga la correcta y repita."


class CodeOlder(BackupProblem):
    code = "CODE_OLDER"
    kind = "refused"
    message = (
        "La copia de {service} la hizo un programa más nuevo (esquema {revision}). "
        "Restaure con esa versión o con una posterior."
    )


class CheckFailed(BackupProblem):
    code = "CHECK_FAILED"
    message = "Lo restaurado no pasa la revisión y no se abre: {service}: {what}."
