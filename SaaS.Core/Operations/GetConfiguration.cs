using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Http;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations;

/// <summary>The effective configuration of a process of the API.</summary>
/// <param name="Environment">Development, Production or another environment.</param>
/// <param name="Sections">The sections, ordered by name.</param>
public sealed record ConfigurationView(string Environment, IReadOnlyList<ConfigurationSectionView> Sections);

/// <summary>A section of settings whose keys have the same prefix.</summary>
/// <param name="Section">The prefix of the keys.</param>
/// <param name="Settings">The settings in the order of their declaration.</param>
public sealed record ConfigurationSectionView(string Section, IReadOnlyList<SettingView> Settings);

/// <summary>A setting.</summary>
/// <param name="Key">The key with colons as separators; an environment variable has two underscores for each colon.</param>
/// <param name="Value">The effective value; secret parts of a connection string are shown as ***; null for a secret or an unset
/// value.</param>
/// <param name="IsSecret">True when the value or a part of it is secret and not shown.</param>
/// <param name="IsSet">True when there is a value.</param>
/// <param name="Source">default, app_settings, user_secrets, environment, old_name, command_line, vault, or program (set by the process
/// itself).</param>
public sealed record SettingView(string Key, string? Value, bool IsSecret, bool IsSet, SettingSource Source);

internal static class GetConfiguration
{
    private const string Example = """
        {"success": true, "message": "Configuration retrieved", "data": {"environment": "Production", "sections": [
          {"section": "ConnectionStrings", "settings": [
            {"key": "ConnectionStrings:saas-platform", "value": "host=db;port=5432;database=saas_platform;username=saas_app;password=***", "is_secret": true, "is_set": true, "source": "vault"}]},
          {"section": "Jwt", "settings": [
            {"key": "Jwt:SigningKey", "value": null, "is_secret": true, "is_set": true, "source": "vault"},
            {"key": "Jwt:Issuer", "value": "saas-platform", "is_secret": false, "is_set": true, "source": "default"}]}]}}
        """;

    internal static void Map(RouteGroupBuilder configuration) =>
        configuration
            .MapGet("", Handle)
            .AddOpenApiOperationTransformer(
                (operation, _, _) =>
                {
                    if (operation.Responses?["200"].Content?["application/json"] is { } answer)
                    {
                        answer.Example = JsonNode.Parse(Example);
                    }

                    return Task.CompletedTask;
                }
            );

    /// <summary>Shows the effective settings of this process of the API and their sources, without secrets.</summary>
    /// <remarks>The worker and the scheduler have their own configuration, which is the same if they are deployed identically.</remarks>
    internal static Ok<ApiResponse<ConfigurationView>> Handle(
        IEnumerable<SettingsSection> declared,
        IConfiguration configuration,
        IHostEnvironment environment,
        IServiceProvider services
    )
    {
        var sections = declared
            .GroupBy(section => section.Name)
            .OrderBy(section => section.Key, StringComparer.Ordinal)
            .Select(section => new ConfigurationSectionView(
                section.Key,
                [.. section.SelectMany(part => part.Read(configuration, services)).Select(SettingOf)]
            ));

        return ApiResponse.Ok(new ConfigurationView(environment.EnvironmentName, [.. sections]), "Configuration retrieved");
    }

    private static SettingView SettingOf(EffectiveSetting setting) =>
        new(setting.Key, setting.Value, setting.IsSecret, setting.IsSet, setting.Source);
}
