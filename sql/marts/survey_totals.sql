-- Survey totals: respondents and the answers the satisfaction rate is made of.
-- Grain: one row.
-- Key: none
-- Reason: satisfaction is the share of satisfied answers ($satisfied_options) among all answers to the questions that ask
-- for satisfaction; who left a question out is not counted for it.
with
counted as (
    select
        count(*) as respondents,
        coalesce(sum(repeats), 0)::bigint as duplicates_dropped
    from marts.survey_counted
),

satisfaction as (
    select
        coalesce(sum(answers) filter (where list_contains($satisfied_options, option_text)), 0)::bigint
            as satisfied_answers,
        coalesce(sum(answers), 0)::bigint as satisfaction_answers
    from marts.survey_options
    where question_type = 'satisfaction'
)

select
    counted.respondents,
    counted.duplicates_dropped,
    satisfaction.satisfied_answers,
    satisfaction.satisfaction_answers
from counted
cross join satisfaction
