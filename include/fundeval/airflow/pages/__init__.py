"""The pages 绩效评价 in Airflow's UI: what there is, how it stands, and the documents that may be opened.

They read files of the storage root and write nothing, hold no lock and ask no database; what they show of a run
is what its tasks have left in its folder.
"""
