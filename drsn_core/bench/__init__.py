"""Measurements that anyone can run again: ``drsn bench NAME``."""
