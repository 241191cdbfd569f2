"""Every document of a case that went all the way opens over HTTP as a PDF, and shows nothing to whom it is not for."""

from __future__ import annotations

import pytest

from shared.cli.api import Refused
from tests.e2e.conftest import Demo


def test_every_document_of_a_delivered_case_opens_as_pdf(demo: Demo) -> None:
    """FRM-4, X-19: from the letter to the delivery receipt."""
    caseworker, psychosocial = demo.staff["profesional"], demo.staff["psicosocial"]
    papers = caseworker.get(f"/api/cases/{demo.case('delivered')}")["documents"]
    codes = {paper["code"] for paper in papers}
    assert {"FO-068", "FO-423", "FRM-12", "FO-069", "FO-781", "FO-779", "FO-780", "FRM-13", "FRM-16"} <= codes
    for paper in papers:
        reader = psychosocial if paper["code"] == "FO-423" else caseworker
        assert reader.download(f"/api/documents/{paper['service']}/{paper['id']}").startswith(b"%PDF-"), paper


def test_the_interview_stays_with_the_psychosocial_team(demo: Demo) -> None:
    """PRO-10: a caseworker who is no author does not read it."""
    papers = demo.staff["coordinadora"].get(f"/api/cases/{demo.case('delivered')}")["documents"]
    interview = next(paper for paper in papers if paper["code"] == "FO-423")
    with pytest.raises(Refused) as refused:
        demo.staff["coordinadora"].download(f"/api/documents/profiling/{interview['id']}")
    assert refused.value.code == "NOT_AUTHORISED"
