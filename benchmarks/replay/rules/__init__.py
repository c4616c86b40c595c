"""Rules of monitoring and control that are measured on recordings and not part of metathink."""
