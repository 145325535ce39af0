"""Wavelet shrinkage: thresholds computed by a rule, once per subband."""
