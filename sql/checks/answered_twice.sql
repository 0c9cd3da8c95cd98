-- answered_twice: several responses came from one address and give the same answer to every question.
-- Grain: one row per address and set of answers.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: one person may have answered again under a new number; people in one office share an address too, so the answers
-- still count. The address is not told.
with
responses as (
    select
        response_no,
        respondent_ip,
        source_file,
        source_sheet,
        source_row
    from staging.survey_responses
    where respondent_ip is not null
    qualify row_number() over (partition by response_no order by source_sheet, source_row) = 1
),

answers as (
    select
        responses.response_no,
        string_agg(
            answers.question_no || ':' || coalesce(answers.option_text, ''), '|'
            order by answers.question_no asc, answers.option_text asc
        ) as given
    from responses
    inner join staging.survey_answers as answers using (response_no, source_sheet, source_row)
    group by responses.response_no
),

alike as (
    select
        count(*) as responses,
        array_to_string(list_sort(list(responses.response_no))[1:5], '、') as numbers,
        min(responses.response_no) as first_response_no,
        first_place(responses.source_file, responses.source_sheet, responses.source_row) as place
    from responses
    inner join answers using (response_no)
    group by responses.respondent_ip, answers.given
    having count(*) > 1
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    responses || '份答卷' as found,
    '一人一份' as expected,
    (responses - 1)::decimal(18, 2) as difference,
    '份' as difference_unit,
    first_response_no as identity,
    '答卷' || numbers || case when responses > 5 then '等' else '' end || '来自同一地址,' || responses
    || '份的各题答案完全相同' as detail,
    null::varchar as law,
    alike.place.file as source_file,
    alike.place.sheet as source_sheet,
    alike.place.row as source_row
from alike
order by first_response_no
