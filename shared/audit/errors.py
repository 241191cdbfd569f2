"""What can be wrong with a key, a note, a checkpoint or a proof: a stable code, and a Spanish text of what to do."""

from __future__ import annotations

from typing import ClassVar


class AuditProblem(Exception):
    """Base of what is wrong with evidence. ``code`` is for machines, the text for people."""

    code: ClassVar[str] = "AUDIT_PROBLEM"
    message: ClassVar[str] = "La prueba no se puede usar."

    def __init__(self, **parameters: object) -> None:
        self.parameters = parameters
        super().__init__(self.message.format(**parameters))


class KeyMalformed(AuditProblem):
    code = "AUDIT_KEY_MALFORMED"
    message = (
        "La clave pública «{text}» no está bien escrita: se espera nombre+identificador+base64. Cópiela de nuevo de "
        "donde fue publicada."
    )


class NoteMalformed(AuditProblem):
    code = "AUDIT_NOTE_MALFORMED"
    message = "La nota firmada no está bien escrita: {what}. Pida el original, sin cambios, a quien la entregó."


class SignatureWrong(AuditProblem):
    code = "AUDIT_SIGNATURE_WRONG"
    message = (
        "La firma de «{name}» no corresponde al texto: el texto o la firma fueron cambiados. Conserve este archivo "
        "como evidencia y pida el original."
    )


class SignatureMissing(AuditProblem):
    code = "AUDIT_SIGNATURE_MISSING"
    message = "Ninguna de las claves conocidas firmó esta nota. Revise que las claves sean las de esta instalación."


class CheckpointMalformed(AuditProblem):
    code = "AUDIT_CHECKPOINT_MALFORMED"
    message = "El punto de control no está bien escrito: {what}. Pida el original a quien lo entregó."


class ProofMalformed(AuditProblem):
    code = "AUDIT_PROOF_MALFORMED"
    message = "El archivo de prueba no está bien escrito: {what}. Pida el original, sin cambios, a quien lo entregó."


class ProofWrong(AuditProblem):
    code = "AUDIT_PROOF_WRONG"
    message = (
        "La prueba no lleva de este contenido a la raíz firmada: el contenido, la prueba o el punto de control fueron "
        "cambiados. Conserve los archivos como evidencia."
    )
