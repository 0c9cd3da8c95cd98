-- Counted responses: the survey's responses with repeats of a response dropped.
-- Grain: one row per response_no, the first row it stands in.
-- Key: response_no
-- Reason: an export can hold the same response twice; who answered once is one respondent.
with
responses as (
    select
        response_no,
        source_sheet,
        source_row
    from staging.survey_responses
)

select
    response_no,
    source_sheet,
    source_row,
    count(*) over (partition by response_no) - 1 as repeats
from responses
qualify row_number() over (partition by response_no order by source_sheet asc, source_row asc) = 1
order by source_sheet, source_row
