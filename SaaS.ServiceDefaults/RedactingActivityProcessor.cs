using System.Diagnostics;
using OpenTelemetry;

namespace SaaS.ServiceDefaults;

/// <summary>Adds the tenant to spans, and removes personal data and background noise from what is exported.</summary>
internal sealed class RedactingActivityProcessor : BaseProcessor<Activity>
{
    /// <summary>The same tag as <c>SaaSDiagnostics.TenantId</c>.</summary>
    public const string TenantId = "saas.tenant.id";

    // Paths and queries hold text of the caller, an address belongs to a person. The route names the endpoint well enough.
    private static readonly string[] PersonalTags =
        ["url.path", "url.query", "client.address", "network.peer.address", "network.peer.port", "user_agent.original"];

    public override void OnStart(Activity activity)
    {
        if (IsNoise(activity))
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
        else if (activity.Parent?.GetTagItem(TenantId) is { } tenant)
        {
            activity.SetTag(TenantId, tenant);
        }
    }

    public override void OnEnd(Activity activity)
    {
        switch (activity.Kind)
        {
            case ActivityKind.Server:
                foreach (var tag in PersonalTags)
                {
                    activity.SetTag(tag, null);
                }

                break;

            case ActivityKind.Client:
                HideValues(activity);
                break;
        }
    }

    /// <summary>
    /// Tells calls outside any request, event or job, such as polling, and children of a span that is not recorded, such as a
    /// probe's. The latter come with the sampler <c>always_on</c>, which Aspire sets and which ignores the parent's decision.
    /// </summary>
    private static bool IsNoise(Activity activity) =>
        activity.Kind is ActivityKind.Client && activity.ParentSpanId == default || activity.Parent is { Recorded: false };

    private static void HideValues(Activity activity)
    {
        // A monitor's address is a secret as a whole, and an object's key says nothing.
        if (activity.GetTagItem("url.full") is string url)
        {
            var origin = Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) : null;
            activity.SetTag("url.full", origin);
        }

        // Values are parameters, except in statements that take none, such as the one that creates a role with its password.
        foreach (var tag in (ReadOnlySpan<string>)["db.query.text", "db.statement"])
        {
            if (activity.GetTagItem(tag) is string statement
                && (statement.Contains('\'', StringComparison.Ordinal) || statement.Contains("$$", StringComparison.Ordinal)))
            {
                activity.SetTag(tag, null);
            }
        }
    }
}
