-- Rows of source files as runs of neighbouring rows, per fact and project.
-- Why ranges: a fund can have millions of vouchers, most of which stand one below the other.
create or replace macro row_ranges(relation) as table
    with
    places as (
        select distinct
            fact,
            project_code,
            source_file,
            source_sha256,
            source_sheet,
            source_row
        from query_table(relation)
    ),

    numbered as (
        select
            *,
            source_row - row_number() over (
                partition by fact, project_code, source_file, source_sha256, source_sheet
                order by source_row
            ) as island
        from places
    )

    select
        fact,
        project_code,
        source_file,
        source_sha256,
        source_sheet,
        min(source_row)::integer as first_row,
        max(source_row)::integer as last_row
    from numbered
    group by fact, project_code, source_file, source_sha256, source_sheet, island;
