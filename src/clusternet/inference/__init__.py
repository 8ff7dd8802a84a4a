"""Is it more than chance, and does it survive its records: null models, permutation tests, tie models, sensitivity."""

from __future__ import annotations

from clusternet.inference._against import NullTests, test_against_null
from clusternet.inference._autocorrelation import (
    Autocorrelation,
    AutocorrelationModel,
    autocorrelation_tests,
    geary,
    moran,
    network_autocorrelation,
)
from clusternet.inference._bootstrap import (
    NetworkDifference,
    VertexBootstrap,
    compare_networks,
    vertex_bootstrap,
)
from clusternet.inference._cug import cug_test
from clusternet.inference._dyads import attribute_matrix
from clusternet.inference._many import adjust
from clusternet.inference._mrqap import NetworkRegression, logistic_qap, mrqap
from clusternet.inference._nulls import NULLS, draw_networks
from clusternet.inference._pooled import (
    DetectableEffect,
    MetaAnalysis,
    PooledTest,
    PowerCurve,
    detectable_effect,
    meta_analysis,
    pool_tests,
    pooled_test,
    power_curve,
)
from clusternet.inference._qap import QapTest, qap_correlation
from clusternet.inference._regression import FirmRegression, firm_regression
from clusternet.inference._sensitivity import (
    ERRORS,
    CaseStability,
    Sensitivity,
    case_stability,
    sensitivity,
    with_errors,
)
from clusternet.inference._siena import SienaFiles, write_siena
from clusternet.inference._ties import TieModel, tie_model

__all__ = [
    "ERRORS",
    "NULLS",
    "Autocorrelation",
    "AutocorrelationModel",
    "CaseStability",
    "DetectableEffect",
    "FirmRegression",
    "MetaAnalysis",
    "NetworkDifference",
    "NetworkRegression",
    "NullTests",
    "PooledTest",
    "PowerCurve",
    "QapTest",
    "Sensitivity",
    "SienaFiles",
    "TieModel",
    "VertexBootstrap",
    "adjust",
    "attribute_matrix",
    "autocorrelation_tests",
    "case_stability",
    "compare_networks",
    "cug_test",
    "detectable_effect",
    "draw_networks",
    "firm_regression",
    "geary",
    "logistic_qap",
    "meta_analysis",
    "moran",
    "mrqap",
    "network_autocorrelation",
    "pool_tests",
    "pooled_test",
    "power_curve",
    "qap_correlation",
    "sensitivity",
    "test_against_null",
    "tie_model",
    "vertex_bootstrap",
    "with_errors",
    "write_siena",
]
