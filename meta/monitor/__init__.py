"""Monitoring: agreement, confidence and its calibration."""
