"""Random walks over the whole procedure: everyone tries everything, a plain model says what may never happen."""
