-- Rows of the evidence: neighbouring ranges of one fact and file joined, whichever project they are about.
-- Grain: one row per fact, project (where $by_project) and joined range, with the number of rows and ranges of its group.
-- Reason: a clerk looks rows up in a file, where the rows of different projects stand below each other.
with
ranges as (
    select
        fact,
        case when $by_project then coalesce(project_code, '') else '' end as project_code,
        source_file,
        source_sha256,
        source_sheet,
        first_row,
        last_row
    from read_parquet($path)
    where
        ($fact is null or fact = $fact)
        and ($project is null or project_code = $project)
),

reached as (
    select
        *,
        max(last_row) over (
            partition by fact, project_code, source_file, source_sha256, source_sheet
            order by first_row, last_row
            rows between unbounded preceding and 1 preceding
        ) as reached_row
    from ranges
),

islands as (
    select
        *,
        count(*) filter (where reached_row is null or first_row > reached_row + 1) over (
            partition by fact, project_code, source_file, source_sha256, source_sheet
            order by first_row, last_row
            rows between unbounded preceding and current row
        ) as island
    from reached
),

joined as (
    select
        fact,
        project_code,
        source_file,
        source_sheet,
        min(first_row) as first_row,
        max(last_row) as last_row,
        source_sha256
    from islands
    group by fact, project_code, source_file, source_sheet, source_sha256, island
),

numbered as (
    select
        *,
        row_number() over (partition by fact, project_code order by source_file, source_sheet, first_row) as place,
        count(*) over (partition by fact, project_code) as ranges_in_all,
        (sum(last_row - first_row + 1) over (partition by fact, project_code))::bigint as rows_in_all
    from joined
)

select
    fact,
    project_code,
    source_file,
    source_sheet,
    first_row,
    last_row,
    source_sha256,
    ranges_in_all,
    rows_in_all
from numbered
where $most is null or place <= $most
order by fact, project_code, source_file, source_sheet, first_row
