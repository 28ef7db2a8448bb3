# Airflow's own image with the locked dependencies on top and the project's code in it.
FROM apache/airflow:3.3.2-python3.12

# Volumes take over the owner of the folder that they are mounted on.
USER root
RUN install -d -o airflow -g 0 -m 0775 /opt/airflow/lake /opt/airflow/cache
USER airflow

COPY requirements.txt /opt/airflow/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /opt/airflow/requirements.txt

COPY dags /opt/airflow/dags
COPY plugins /opt/airflow/plugins
COPY expectations /opt/airflow/expectations
COPY include /opt/airflow/include
