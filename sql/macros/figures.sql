-- Macros that compute or show a figure the same way in every model and rule.

-- n / d as a percentage with two decimals, rounded half up exactly (integers, never a float); NULL where d is 0 or NULL.
create or replace macro rate_pct(n, d) as
case
    when d = 0 then null
    else
        (
            sign(n) * sign(d)
            * (
                (20000 * abs((n::decimal(38, 2) * 100)::hugeint) + abs((d::decimal(38, 2) * 100)::hugeint))
                // (2 * abs((d::decimal(38, 2) * 100)::hugeint))
            )
        )::decimal(36, 0) * 0.01::decimal(2, 2)
end;

-- Number without trailing zeros: 85.40 becomes 85.4, 100.00 becomes 100.
create or replace macro number_text(x) as
case when x::varchar like '%.%' then rtrim(rtrim(x::varchar, '0'), '.') else x::varchar end;

-- Amount in 元 shown in 万元 with every decimal it has: 22000.00 becomes 2.2.
create or replace macro wan_text(yuan) as
number_text(yuan::decimal(18, 2) * 0.0001::decimal(5, 4));

-- Day as text: 2024-05-31; a dash where there is none.
create or replace macro iso_day(d) as
coalesce(strftime(d, '%Y-%m-%d'), '—');

-- Chinese name of a project status.
create or replace macro status_zh(x) as
case x
    when 'completed' then '已完工'
    when 'in_progress' then '在建'
    when 'not_started' then '未启动'
    when 'suspended' then '暂缓实施'
    when 'terminated' then '终止'
end;

-- Chinese name of a benefit level.
create or replace macro benefit_zh(x) as
case x
    when 'full' then '全部实现'
    when 'partial' then '部分实现'
    when 'none' then '未实现'
    when 'not_applicable' then '不适用'
end;

-- First place of a group of rows: the sheet, row and file of the one that stands highest.
create or replace macro first_place(source_file, source_sheet, source_row) as
min(struct_pack(sheet := source_sheet, row := source_row, file := source_file));

-- Whether nobody works on a day: Saturday, Sunday or one of the holidays, unless it is one of the moved working days.
create or replace macro is_day_off(d, holidays, moved_workdays) as
(isodow(d) > 5 or list_contains(holidays, d)) and not list_contains(moved_workdays, d);

-- Working days after the first day up to and including the second; 0 where the second is not later.
create or replace macro working_days(from_day, to_day, holidays, moved_workdays) as
len(
    list_filter(
        generate_series(0, greatest(to_day - from_day, 0) - 1),
        lambda n: not is_day_off((from_day + n::integer + 1)::date, holidays, moved_workdays)
    )
);

-- In how many places two texts of the same length differ; NULL where the lengths differ.
create or replace macro differing_characters(a, b) as
case
    when length(a) = length(b)
        then len(list_filter(generate_series(1, length(a)), lambda n: substring(a, n, 1) != substring(b, n, 1)))
end;
