"""What joins Saaf to Airflow: task functions and operator links, thin."""
