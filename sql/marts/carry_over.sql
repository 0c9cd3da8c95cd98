-- Carry-over: what is left of the money of each year in which a project was given some, and what becomes of it.
-- Grain: one row per public project of the plan and year of appropriation.
-- Key: project_code, appropriation_year
-- Reason: 预算法 art. 42: money not used up stays with its project (结转); that of two years in a row is surplus (结余), and
-- so is what a terminated or a completed and settled project has left. Older money is used first, so what is left of a
-- year is what was given until then less all that was paid or taken back since, as far as it is that year's. A year that
-- gave less than nothing took money back: that counts as use of the oldest, else what was handed back as the law asks
-- would be called unused for ever. Earlier years are those of the releases before this one, without a gap; before them
-- nothing is known. A project of earlier years that is not in this year's public plan is left out: it may have become
-- classified.
with
projects as (
    select * from marts.projects
),

years as (
    select
        project_code,
        $year as appropriation_year,
        released_yuan,
        paid_yuan
    from projects
    union all
    select
        earlier.project_code,
        earlier.year as appropriation_year,
        earlier.released_yuan,
        earlier.paid_yuan
    from staging.earlier_projects as earlier
    inner join projects using (project_code)
),

moves as (
    select
        project_code,
        appropriation_year,
        released_yuan,
        greatest(released_yuan, 0) as given_yuan,
        paid_yuan - least(released_yuan, 0) as gone_yuan
    from years
),

running as (
    select
        project_code,
        appropriation_year,
        released_yuan,
        given_yuan,
        sum(given_yuan) over (partition by project_code order by appropriation_year) as given_until_yuan,
        sum(gone_yuan) over (partition by project_code) as gone_yuan,
        coalesce(
            sum(gone_yuan) filter (where appropriation_year < $year) over (partition by project_code),
            0
        ) as gone_before_yuan
    from moves
),

remaining as (
    select
        project_code,
        appropriation_year,
        case
            when appropriation_year < $year
                then least(greatest(given_until_yuan - gone_before_yuan, 0), given_yuan)
            else 0
        end as brought_in_yuan,
        case when appropriation_year = $year then released_yuan else 0 end as released_yuan,
        least(greatest(given_until_yuan - gone_yuan, 0), given_yuan) as left_yuan,
        ($year - appropriation_year + 1)::integer as years_unused
    from running
),

judged as (
    select
        remaining.*,
        projects.project_status = 'terminated'
        or (projects.project_status = 'completed' and projects.settlement_audited_yuan is not null) as is_over
    from remaining
    inner join projects using (project_code)
)

select
    project_code,
    appropriation_year::integer as appropriation_year,
    brought_in_yuan::decimal(18, 2) as brought_in_yuan,
    released_yuan::decimal(18, 2) as released_yuan,
    (brought_in_yuan + released_yuan - left_yuan)::decimal(18, 2) as used_yuan,
    left_yuan::decimal(18, 2) as left_yuan,
    case when left_yuan > 0 then years_unused end as years_unused,
    case
        when left_yuan <= 0 then null
        when is_over or years_unused >= $max_unused_years::integer then 'surplus'
        else 'carry_forward'
    end as kind
from judged
where brought_in_yuan != 0 or released_yuan != 0 or left_yuan != 0
order by project_code, appropriation_year
