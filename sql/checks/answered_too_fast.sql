-- answered_too_fast: a response took less time than reading the questions does.
-- Grain: one row per response.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: below $min_response_seconds seconds nobody has read what they answered; the answers still count.
with
counted as (
    select
        responses.response_no,
        responses.duration_seconds,
        responses.source_file,
        responses.source_sheet,
        responses.source_row
    from staging.survey_responses as responses
    qualify
        row_number() over (partition by responses.response_no order by responses.source_sheet, responses.source_row) = 1
),

fast as (
    select
        *,
        $min_response_seconds::integer as min_seconds
    from counted
    where duration_seconds < $min_response_seconds::integer
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    duration_seconds || '秒' as found,
    '不少于' || min_seconds || '秒' as expected,
    (duration_seconds - min_seconds)::decimal(18, 2) as difference,
    '秒' as difference_unit,
    response_no as identity,
    '答卷' || response_no || '只用' || duration_seconds || '秒' as detail,
    null::varchar as law,
    source_file,
    source_sheet,
    source_row
from fast
order by source_sheet, source_row
