"""The use cases of reporting: one method a command, named as the command."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application.base import PROCEDURE, ReportingBase
from services.reporting.application.hemi import HemiUseCases
from services.reporting.application.reports import ReportUseCases
from services.reporting.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.reporting.domain.key_destruction import KeyDestruction
from services.reporting.domain.report import MonthlyReport
from services.reporting.views import VIEWS, report_files
from shared.casework.destroying import DestroyingActs
from shared.editing.acts import CatalogueActs
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Kind


class ReportingApplication(HemiUseCases, ReportUseCases, DestroyingActs, CatalogueActs):
    """Reporting over its own store."""

    name = "reporting"
    views = VIEWS
    version_class = CatalogueVersion
    copy_class = CatalogueCopy
    destruction_class = KeyDestruction

    def forget(self, uow: UnitOfWork, subject: UUID, kind: Kind, case_id: UUID) -> None:
        """Besides: files of the reports in which the case is. They are made anew, without the person, when asked."""
        super().forget(uow, subject, kind, case_id)
        kept = uow.query(lambda connection: connection.execute(sa.select(report_files)).all())
        for row in kept:
            report = self.loader.get(MonthlyReport, row.report_id)
            if report is not None and case_id in report.served:
                self.discard_file(row.file_id)
                uow.write(lambda connection, row=row: _drop(connection, row.file_id))


def _drop(connection: Connection, file_id: str) -> None:
    connection.execute(report_files.delete().where(report_files.c.file_id == file_id))


__all__ = ["PROCEDURE", "ReportingApplication", "ReportingBase"]
