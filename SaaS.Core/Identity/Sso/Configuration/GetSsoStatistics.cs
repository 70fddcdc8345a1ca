using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Statistics of single sign-on in a tenant.</summary>
/// <param name="Configuration">The identity provider.</param>
/// <param name="Usage">The linked users and the state of their tokens.</param>
/// <param name="RecentLogins">The last 10 sign-ins, newest first.</param>
/// <param name="Period">day, week, month or year: the period of the following values.</param>
/// <param name="TotalSsoUsers">Users who are linked to the directory.</param>
/// <param name="ActiveSsoSessions">Sessions opened by single sign-on that have not ended.</param>
/// <param name="LoginsInPeriod">Sign-ins.</param>
/// <param name="FailedLogins">Sign-ins that the provider or the tenant's rules rejected.</param>
/// <param name="FailuresByReason">Problem code → number of rejected sign-ins.</param>
/// <param name="TokenRefreshes">Number of refreshes of provider tokens.</param>
/// <param name="AutoProvisionedUsers">Accounts that were created by signing in.</param>
/// <param name="LastSsoLogin">When a user last signed in (UTC).</param>
/// <param name="ByDay">Days (UTC) with activity, oldest first.</param>
public sealed record SsoStatistics(
    SsoStatisticsConfiguration Configuration,
    SsoStatisticsUsage Usage,
    IReadOnlyList<SsoLogin> RecentLogins,
    string Period,
    int TotalSsoUsers,
    int ActiveSsoSessions,
    int LoginsInPeriod,
    int FailedLogins,
    IReadOnlyDictionary<string, int> FailuresByReason,
    int TokenRefreshes,
    int AutoProvisionedUsers,
    DateTimeOffset? LastSsoLogin,
    IReadOnlyList<SsoDay> ByDay
);

/// <summary>The identity provider.</summary>
/// <param name="ProviderType">Always azure_ad.</param>
/// <param name="IsEnabled">True when users can sign in through it.</param>
/// <param name="ClientId">The application in the directory.</param>
/// <param name="ProviderTenantId">The directory.</param>
/// <param name="AutoProvisioningEnabled">True when users become members by signing in.</param>
public sealed record SsoStatisticsConfiguration(
    string ProviderType,
    bool IsEnabled,
    string ClientId,
    string ProviderTenantId,
    bool AutoProvisioningEnabled
);

/// <summary>The linked users of a provider.</summary>
/// <param name="TotalSsoUsers">Number of users.</param>
/// <param name="ActiveTokens">Users whose token is valid or can be refreshed.</param>
/// <param name="ExpiredTokens">The other users.</param>
/// <param name="RecentLogins30d">Sign-ins of the last 30 days.</param>
/// <param name="ByAzureTenant">Directory id → its linked users.</param>
public sealed record SsoStatisticsUsage(
    int TotalSsoUsers,
    int ActiveTokens,
    int ExpiredTokens,
    [property: System.Text.Json.Serialization.JsonPropertyName("recent_logins_30d")] int RecentLogins30d,
    IReadOnlyDictionary<string, SsoDirectoryUse> ByAzureTenant
);

/// <summary>The linked users of a directory.</summary>
/// <param name="Count">Number of users.</param>
/// <param name="Users">The 100 users that were synchronized last.</param>
public sealed record SsoDirectoryUse(int Count, IReadOnlyList<SsoDirectoryUser> Users);

/// <summary>A user of a directory.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="AzureUpn">The user principal name in the directory.</param>
/// <param name="LastSync">When the user was last synchronized with the directory (UTC).</param>
/// <param name="TokenExpired">True when the token is neither valid nor can be refreshed.</param>
public sealed record SsoDirectoryUser(string Email, string? AzureUpn, DateTimeOffset LastSync, bool TokenExpired);

/// <summary>A sign-in.</summary>
/// <param name="UserEmail">The account's e-mail address.</param>
/// <param name="AzureUpn">The user principal name in the directory.</param>
/// <param name="LastSync">When the user signed in (UTC).</param>
public sealed record SsoLogin(string UserEmail, string? AzureUpn, DateTimeOffset LastSync);

/// <summary>The activity of a day.</summary>
/// <param name="Date">The day (UTC).</param>
/// <param name="Logins">Number of sign-ins.</param>
/// <param name="Failures">Number of rejected sign-ins.</param>
/// <param name="Refreshes">Number of token refreshes.</param>
public sealed record SsoDay(DateOnly Date, int Logins, int Failures, int Refreshes);

internal static class GetSsoStatistics
{
    private const int RecentLogins = 10;
    private const int UsersPerDirectory = 100;

    internal static void Map(RouteGroupBuilder tenant)
    {
        tenant
            .MapGet("/statistics", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(HttpProblems.BadRequest, SsoProblems.NotConfigured);
        tenant
            .MapGet("/config/stats", Handle)
            .WithName("readSsoConfigurationStatistics")
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(HttpProblems.BadRequest, SsoProblems.NotConfigured);
    }

    /// <summary>Returns usage statistics of single sign-on.</summary>
    /// <param name="period">day, week, month (the default) or year, ending now.</param>
    internal static async Task<Results<Ok<FlatApiResponse<SsoStatistics>>, ProblemResult>> Handle(
        [FromQuery, OneOf("day", "week", "month", "year")] string? period,
        TenantScope scope,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var tenantId = scope.TenantId;
        if (await db.SsoConfigurations.AsNoTracking().SingleOrDefaultAsync(one => one.TenantId == tenantId, ct) is not { } configuration)
        {
            return SsoProblems.NotConfigured.ToHttp();
        }

        var now = clock.GetUtcNow();
        var since = now - LengthOf(period);
        var monthAgo = now - LengthOf("month");
        var identities = db.SsoIdentities.Where(one => one.TenantId == tenantId);
        var counted = await db
            .Database.SqlQuery<ActivityCount>(
                $"""
                SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day, kind, reason, count(*)::int AS count
                FROM sso_activities WHERE tenant_id = {tenantId} AND occurred_at > {since}
                GROUP BY 1, 2, 3
                """
            )
            .ToListAsync(ct);
        var total = await identities.CountAsync(ct);
        var good = SsoIdentity.WhereTokenUsable(identities, now);
        var active = await good.CountAsync(ct);
        var logins = db.SsoActivities.Where(one => one.TenantId == tenantId && one.Kind == SsoActivityKind.SignedIn);

        return ApiResponse.Flat(
            new SsoStatistics(
                new SsoStatisticsConfiguration(
                    SsoConfiguration.ProviderType,
                    configuration.IsEnabled,
                    configuration.ClientId,
                    configuration.ProviderTenantId,
                    configuration.Provisions
                ),
                new SsoStatisticsUsage(
                    total,
                    active,
                    total - active,
                    await logins.CountAsync(one => one.OccurredAt > monthAgo, ct),
                    await ReadDirectoriesAsync(db, identities, good, ct)
                ),
                await logins
                    .OrderByDescending(one => one.OccurredAt)
                    .Take(RecentLogins)
                    .Join(
                        db.Users,
                        one => one.UserId,
                        user => user.Id,
                        (one, user) =>
                            new SsoLogin(
                                (string)user.Email,
                                identities.Where(identity => identity.UserId == user.Id).Select(identity => identity.Upn).FirstOrDefault(),
                                one.OccurredAt
                            )
                    )
                    .ToListAsync(ct),
                period ?? "month",
                total,
                await db.Sessions.CountAsync(
                    session =>
                        session.RestrictedToTenantId == tenantId
                        && session.Method == SignInMethod.Sso
                        && session.EndedAt == null
                        && session.ExpiresAt > now,
                    ct
                ),
                Sum(SsoActivityKind.SignedIn),
                Sum(SsoActivityKind.Refused),
                CountsOfKind(SsoActivityKind.Refused)
                    .GroupBy(one => one.Reason ?? "")
                    .ToDictionary(group => group.Key, group => group.Sum(one => one.Count)),
                Sum(SsoActivityKind.Refreshed),
                Sum(SsoActivityKind.Provisioned),
                await logins.MaxAsync(one => (DateTimeOffset?)one.OccurredAt, ct),
                [
                    .. counted
                        .Select(one => one.Day)
                        .Distinct()
                        .Order()
                        .Select(day => new SsoDay(
                            day,
                            SumOnDay(SsoActivityKind.SignedIn, day),
                            SumOnDay(SsoActivityKind.Refused, day),
                            SumOnDay(SsoActivityKind.Refreshed, day)
                        )),
                ]
            ),
            "Statistics retrieved"
        );

        IEnumerable<ActivityCount> CountsOfKind(SsoActivityKind kind) => counted.Where(one => one.Kind == kind.ToString());
        int Sum(SsoActivityKind kind) => CountsOfKind(kind).Sum(one => one.Count);
        int SumOnDay(SsoActivityKind kind, DateOnly day) => CountsOfKind(kind).Where(one => one.Day == day).Sum(one => one.Count);
    }

    private static async Task<Dictionary<string, SsoDirectoryUse>> ReadDirectoriesAsync(
        ControlDbContext db,
        IQueryable<SsoIdentity> identities,
        IQueryable<SsoIdentity> good,
        CancellationToken ct
    )
    {
        var directories = await identities
            .GroupBy(one => one.DirectoryId)
            .Select(group => new { Id = group.Key, Count = group.Count() })
            .ToListAsync(ct);
        var found = new Dictionary<string, SsoDirectoryUse>();
        foreach (var directory in directories)
        {
            var users = await identities
                .Where(one => one.DirectoryId == directory.Id)
                .OrderByDescending(one => one.LastSyncAt)
                .Take(UsersPerDirectory)
                .Join(
                    db.Users,
                    one => one.UserId,
                    user => user.Id,
                    (one, user) => new SsoDirectoryUser((string)user.Email, one.Upn, one.LastSyncAt, !good.Any(other => other.Id == one.Id))
                )
                .ToListAsync(ct);
            found[directory.Id.ToString()] = new SsoDirectoryUse(directory.Count, users);
        }

        return found;
    }

    private sealed record ActivityCount(DateOnly Day, string Kind, string? Reason, int Count);

    private static TimeSpan LengthOf(string? period) =>
        period switch
        {
            "day" => TimeSpan.FromDays(1),
            "week" => TimeSpan.FromDays(7),
            "year" => TimeSpan.FromDays(365),
            _ => TimeSpan.FromDays(30),
        };
}
