"""Domain of profiling: the case from the eligible candidate to the accepted offer (acts 3 to 10)."""

from services.profiling.domain.case import ProfilingCase
from services.profiling.domain.numbering import NumberSeries
from services.profiling.domain.process import Process

__all__ = ["NumberSeries", "Process", "ProfilingCase"]
