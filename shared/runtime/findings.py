"""Everything that `impulso doctor` can find broken: a stable code, what it means, and the command that cures it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One broken thing. ``text`` and ``cure`` are Spanish; the cure begins with a command where there is one."""

    service: str
    code: str
    text: str
    cure: str

    def document(self) -> dict[str, str]:
        return dict(vars(self))


CONDITIONS: dict[str, tuple[str, str]] = {
    "SYSTEM_AWAY": (
        "el sistema no responde en {where}",
        "docker compose up --detach --wait (o «impulso up» si es el embebido)",
    ),
    "SERVICE_AWAY": (
        "no responde",
        "docker compose up --detach {service}; si no inicia: docker compose run --rm {service} doctor --here {service}",
    ),
    "BROKER_AWAY": ("el intermediario de mensajes no responde", "docker compose up --detach rabbitmq"),
    "SIGNING_KEY_MISMATCH": (
        "no acepta los pases que firma la puerta de entrada: tiene otra clave pública",
        "ponga en IMPULSO_TOKEN_KEYS la mitad pública de IMPULSO_SIGNING_KEY y corra: docker compose up --detach",
    ),
    "CERTIFICATE_EXPIRED": ("el certificado de {where} venció o no es válido", "docker compose restart caddy"),
    "CERTIFICATE_EXPIRES": ("el certificado de {where} vence en {days} días", "docker compose restart caddy"),
    "DATABASE_AWAY": ("su base de datos no responde ({reason})", "docker compose up --detach postgres"),
    "KEYS_DATABASE_AWAY": ("su base de claves no responde ({reason})", "docker compose up --detach postgres"),
    "TABLES_MISSING": ("sus tablas no están hechas", "impulso migrate"),
    "TABLES_OUTDATED": ("sus tablas son de una versión anterior ({what})", "impulso migrate"),
    "CODE_OUTDATED": (
        "sus tablas son de un programa más nuevo que este ({what})",
        "docker compose up --build --detach, con la versión que hizo las tablas",
    ),
    "RESTORE_UNFINISHED": ("su restauración no ha terminado", "repita el mismo «impulso restore», que continúa"),
    "GUARD_MISSING": ("faltan las protecciones de la historia ({what})", "impulso migrate {service}"),
    "READ_MODEL_OUTDATED": ("su modelo de lectura es de otra versión", "impulso migrate {service}"),
    "READ_MODEL_NOT_BUILT": ("su modelo de lectura no está completo", "impulso rebuild {service}"),
    "LOG_BROKEN": (
        "su {what} dice llegar a la entrada {head} y tiene {count}",
        "impulso restore COPIA --replace",
    ),
    "LOG_DIVERGES": (
        "como testigo, vio que el registro de {what} no continúa el que había firmado ({reason})",
        "impulso verify {what}; no borre nada y siga docs/runbooks/log-diverges.md",
    ),
    "CLOCK_BEHIND": (
        "el reloj de esta máquina va {seconds} s detrás de lo último registrado",
        "timedatectl set-ntp true",
    ),
    "PARKED": ("tiene {count} eventos apartados", "impulso parked --service {service}"),
    "FOLLOWER_STOPPED": (
        "dejó de seguir a {upstream}: {explanation}",
        "impulso adopt {service} {upstream}, o «impulso rebuild {service}» si la historia es otra",
    ),
    "FOLLOWER_WAITING": ("espera a {upstream}: {explanation}", "docker compose up --detach {upstream}"),
    "RELAY_BACKLOG": (
        "tiene {count} eventos sin publicar",
        "docker compose restart {service}; si sigue, revise el intermediario: docker compose logs rabbitmq",
    ),
    "MASTER_KEY_MISSING": ("no encuentra su clave maestra: {reason}", "ponga la clave en su lugar (chmod 600)"),
    "MASTER_KEY_EXPOSED": ("su clave maestra puede ser leída por otros: {reason}", "chmod 600 sobre ese archivo"),
    "MASTER_KEY_INVALID": ("su clave maestra no es válida: {reason}", "ponga la de su copia de seguridad"),
    "MASTER_KEY_WRONG": (
        "tiene otra clave maestra que la que cifró sus claves: {reason}",
        "ponga la clave maestra original; no cree una nueva",
    ),
    "KEYS_MISSING": (
        "faltan claves de datos guardados: {reason}",
        "impulso restore COPIA --replace, con la copia de claves más reciente (--keys)",
    ),
    "KEYS_DAMAGED": ("hay claves alteradas: {reason}", "impulso restore COPIA --replace"),
    "FILES_UNREADABLE": (
        "no puede leer y escribir su carpeta de archivos «{where}» ({reason})",
        "devuelva la carpeta a quien corre el servicio: chown -R 10001:10001 {where}",
    ),
    "FILE_BROKEN": ("un archivo guardado está alterado ({what})", "impulso restore COPIA --replace"),
    "DISK_NEARLY_FULL": ("al disco de «{where}» le queda {free} libre", "libere o agregue espacio: df -h {where}"),
}
EMBEDDED_CURES = {
    "SERVICE_AWAY": "impulso up",
    "DATABASE_AWAY": "revise permisos con ls -l {where}; si está dañado, impulso restore COPIA --replace",
    "KEYS_DATABASE_AWAY": "revise el archivo y sus permisos: ls -l {where}",
    "TABLES_MISSING": "impulso up, que las hace",
    "TABLES_OUTDATED": "impulso up, que las pone al día",
    "CODE_OUTDATED": "instale la versión de Impulso que hizo las tablas, o una posterior",
    "READ_MODEL_OUTDATED": "impulso up, que lo hace de nuevo",
    "GUARD_MISSING": "impulso migrate {service} --data {data}",
    "FILES_UNREADABLE": "chmod u+rwx {where}",
    "FOLLOWER_WAITING": "impulso doctor, en un momento; si sigue, reinicie «impulso up»",
}


def finding(service: str, code: str, *, embedded: bool = False, **about: object) -> Finding:
    """The finding ``code`` of ``service``; ``about`` fills its text and its cure."""
    text, cure = CONDITIONS[code]
    if embedded:
        cure = EMBEDDED_CURES.get(code, cure)
    return Finding(service, code, text.format(service=service, **about), cure.format(service=service, **about))
