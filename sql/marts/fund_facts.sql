-- Fund facts: every scalar a metric, an indicator or the report needs.
-- Grain: one row.
-- Key: none
-- Reason: one place where a figure of the whole fund is made, so that score, dataset and report cannot disagree.
-- Below the scheme's floor of responses ($min_respondents) the satisfaction rate is 不可计算: its figures are empty.
-- Settlement and quality are of public projects only: no rule on progress applies to classified ones.
with
approval as (
    select * from staging.budget_approval
),

money as (
    select * from marts.fund_money
),

counts as (
    select * from marts.fund_counts
),

classified as (
    select projects as projects_classified from marts.classified
),

survey as (
    select
        respondents,
        case when respondents >= coalesce($min_respondents::integer, 0) then satisfied_answers end as satisfied_answers,
        case when respondents >= coalesce($min_respondents::integer, 0) then satisfaction_answers end
            as satisfaction_answers
    from marts.survey_totals
),

services as (
    select
        count(*) as service_indicators,
        count(*) filter (where is_met) as service_indicators_met
    from marts.services
),

settled as (
    select
        count(*) as settled_projects,
        coalesce(sum(settlement_planned_yuan), 0)::decimal(18, 2) as settlement_planned_yuan,
        coalesce(sum(settlement_audited_yuan), 0)::decimal(18, 2) as settlement_audited_yuan
    from marts.projects
    where settlement_planned_yuan is not null and settlement_audited_yuan is not null
),

quality as (
    select
        count(*) as quality_checked,
        count(*) filter (
            where coalesce(acceptance_result, 'passed') = 'passed' and coalesce(test_result, 'passed') = 'passed'
        ) as quality_passed
    from marts.projects
    where acceptance_result is not null or test_result is not null
)

select
    approval.fund_name,
    approval.department,
    approval.evaluator,
    approval.plan_doc_no,
    approval.budget_approved_on,
    approval.plan_issued_on,
    datesub('month', approval.budget_approved_on, approval.plan_issued_on) as plan_lag_months,
    approval.budget_yuan,
    money.applied_yuan,
    money.released_yuan,
    money.paid_yuan,
    (money.released_yuan - money.paid_yuan)::decimal(18, 2) as carry_over_yuan,
    (approval.budget_yuan - money.released_yuan)::decimal(18, 2) as unreleased_yuan,
    counts.projects,
    counts.projects_new,
    counts.projects_continuing,
    classified.projects_classified,
    counts.implementing_units,
    survey.respondents,
    survey.satisfied_answers,
    survey.satisfaction_answers,
    services.service_indicators,
    services.service_indicators_met,
    settled.settled_projects,
    settled.settlement_planned_yuan,
    settled.settlement_audited_yuan,
    quality.quality_checked,
    quality.quality_passed
from approval
cross join money
cross join counts
cross join classified
cross join survey
cross join services
cross join settled
cross join quality
