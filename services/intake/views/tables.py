"""The read model of intake. Personal columns hold ciphertext or a keyed fingerprint, nothing else."""

from __future__ import annotations

import sqlalchemy as sa

from shared.casework.attachments import attachments_table

metadata = sa.MetaData()

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("opens_on", sa.Date, nullable=False),
    sa.Column("closes_on", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.Column("cohort_quota", sa.Integer),
    sa.Column("executor_kind", sa.Text, nullable=False),
    sa.Column("product_types", sa.JSON, nullable=False),
    sa.Column("routes", sa.JSON, nullable=False),
    sa.Column("localities", sa.JSON, nullable=False),
    sa.Column("specifications_file", sa.Text),
)

call_lists = sa.Table(
    "call_lists",
    metadata,
    sa.Column("call_id", sa.Uuid, primary_key=True),
    sa.Column("list_no", sa.Integer, primary_key=True),
    sa.Column("candidates", sa.Integer, nullable=False),
    sa.Column("frozen_on", sa.Date, nullable=False),
    sa.Column("import_id", sa.Uuid),
    sa.Column("file_name", sa.Text),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("candidate_id", sa.Uuid, nullable=False),
    sa.Column("call_id", sa.Uuid, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("identified_on", sa.Date, nullable=False),
    sa.Column("responsible", sa.Uuid, nullable=False),
    sa.Column("list_call", sa.Uuid),
    sa.Column("list_no", sa.Integer),
    sa.Column("household_id", sa.Uuid, index=True),
    sa.Column("evaluation_id", sa.Uuid),
    sa.Column("route", sa.Text),
    sa.Column("told_on", sa.Date),
)

case_sources = sa.Table(
    "case_sources",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("call_id", sa.Uuid, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("identified_on", sa.Date, nullable=False),
    sa.Column("import_id", sa.Uuid),
    sa.Column("row", sa.Integer),
    sa.Index("case_sources_import", "import_id", "row"),
)
"""``number`` is the version of the case at which the source entered: stable, and unique within the case."""

people = sa.Table(
    "people",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("candidate_id", sa.Uuid, nullable=False, index=True),
    # Fingerprints of (type, number) and of (name key, birth date), under the service's own key.
    sa.Column("document_index", sa.Text, nullable=False, index=True),
    sa.Column("likeness_index", sa.Text, index=True),
    # Sealed: names, surnames, document.
    sa.Column("person", sa.Text, nullable=False),
)

what_ifs = sa.Table(
    "what_ifs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("call_id", sa.Uuid),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("known_on", sa.Date, nullable=False),
    sa.Column("looked_at", sa.Integer, nullable=False),
    sa.Column("unknown", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    # Cases still to be looked at, and those that never were because the version changed meanwhile.
    sa.Column("waiting", sa.Integer, nullable=False),
    sa.Column("left", sa.Integer, nullable=False),
    sa.Column("run_on", sa.Date, nullable=False),
    sa.Column("run_by", sa.Uuid, nullable=False),
)

field_days = sa.Table(
    "field_days",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("held_on", sa.Date, nullable=False, index=True),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("locality", sa.Text, nullable=False),
    sa.Column("team", sa.JSON, nullable=False),
    sa.Column("candidates", sa.Integer, nullable=False),
)

filed_forms = sa.Table(
    "filed_forms",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    # The event of the case that holds what was filled in; the form is printed from it when it is opened.
    sa.Column("case_version", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("form_version", sa.Text, nullable=False),
    sa.Column("filed_on", sa.Date, nullable=False),
    sa.Column("corrects", sa.Uuid),
)

FORMS = sa.select(
    filed_forms.c.id,
    filed_forms.c.case_id,
    filed_forms.c.code,
    sa.null().label("number"),
    filed_forms.c.filed_on.label("dated"),
    filed_forms.c.case_version,
    filed_forms.c.corrects,
)

register = sa.Table(
    "register",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text),
    sa.Column("interested", sa.Boolean),
)
"""What the candidate register (FRM-15) has from the other services."""

incentives = sa.Table(
    "incentives",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("delivered_on", sa.Date, nullable=False),
)
"""What the warehouse delivered. ``number`` is the version of the case at which it was noted."""

suspicions = sa.Table(
    "suspicions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("other_case", sa.Uuid, nullable=False),
    sa.Column("resolution", sa.Text),
)

merges = sa.Table(
    "merges",
    metadata,
    sa.Column("other_case", sa.Uuid, primary_key=True),
    sa.Column("surviving_case", sa.Uuid, nullable=False, index=True),
    sa.Column("merged_on", sa.Date, nullable=False),
)
"""Cases that go on as part of another one now."""

checks = sa.Table(
    "checks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("queried_on", sa.Date, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, index=True),
    sa.Column("call_id", sa.Uuid, index=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("number", sa.Text),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("file_id", sa.Text, index=True),
)

attachments = attachments_table(metadata, "attachments")

exclusions = sa.Table(
    "exclusions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document_index", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("act_no", sa.Text, nullable=False),
    sa.Column("from_date", sa.Date, nullable=False),
    sa.Column("to_date", sa.Date),
    sa.Column("state", sa.Text, nullable=False),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("call_id", sa.Uuid, nullable=False, index=True),
    sa.Column("file_id", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("started_on", sa.Date, nullable=False),
    sa.Column("finished_on", sa.Date),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer),
    sa.Column("accepted", sa.Integer),
    sa.Column("rejected", sa.Integer),
    sa.Column("duplicates", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("report_file", sa.Text, index=True),
    sa.Column("rejected_file", sa.Text, index=True),
)
