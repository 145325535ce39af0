"""What runs in the reader's browser: Streamlit components (version 2) and the Python that hands them their data."""
