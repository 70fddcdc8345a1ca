using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Http;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations;

/// <summary>What a process of the API works with.</summary>
/// <param name="Environment">Development, Production or another one.</param>
/// <param name="Sections">By name.</param>
public sealed record ConfigurationView(string Environment, IReadOnlyList<ConfigurationSectionView> Sections);

/// <summary>Settings whose keys begin alike.</summary>
/// <param name="Section">How they begin.</param>
/// <param name="Settings">In the order of their declaration.</param>
public sealed record ConfigurationSectionView(string Section, IReadOnlyList<SettingView> Settings);

/// <summary>One setting.</summary>
/// <param name="Key">With colons between its parts, as in appsettings.json; an environment variable has two underscores for each.</param>
/// <param name="Value">What holds; of a connection string what is no secret, with *** for the rest; null for a secret and for what says nothing.</param>
/// <param name="IsSecret">Whether the value, or a part of it, is kept back.</param>
/// <param name="IsSet">Whether there is a value.</param>
/// <param name="Source">default, app_settings, user_secrets, environment, old_name, command_line, vault, or program for what the starting process says.</param>
public sealed record SettingView(string Key, string? Value, bool IsSecret, bool IsSet, SettingSource Source);

internal static class GetConfiguration
{
    private const string Example =
        """
        {"success": true, "message": "Configuration retrieved", "data": {"environment": "Production", "sections": [
          {"section": "ConnectionStrings", "settings": [
            {"key": "ConnectionStrings:saas-platform", "value": "host=db;port=5432;database=saas_platform;username=saas_app;password=***", "is_secret": true, "is_set": true, "source": "vault"}]},
          {"section": "Jwt", "settings": [
            {"key": "Jwt:SigningKey", "value": null, "is_secret": true, "is_set": true, "source": "vault"},
            {"key": "Jwt:Issuer", "value": "saas-platform", "is_secret": false, "is_set": true, "source": "default"}]}]}}
        """;

    internal static void Map(RouteGroupBuilder configuration) =>
        configuration.MapGet("", Handle).AddOpenApiOperationTransformer((operation, _, _) =>
        {
            if (operation.Responses?["200"].Content?["application/json"] is { } answer)
            {
                answer.Example = JsonNode.Parse(Example);
            }

            return Task.CompletedTask;
        });

    /// <summary>Shows the settings that this process of the API works with, where each comes from, and no secret.</summary>
    /// <remarks>The worker and the scheduler have settings of their own, which are the same where they are deployed alike.</remarks>
    internal static Ok<ApiResponse<ConfigurationView>> Handle(IEnumerable<SettingsSection> declared, IConfiguration configuration, IHostEnvironment environment, IServiceProvider services)
    {
        var sections = declared
            .GroupBy(section => section.Name)
            .OrderBy(section => section.Key, StringComparer.Ordinal)
            .Select(section => new ConfigurationSectionView(section.Key, [.. section.SelectMany(part => part.Read(configuration, services)).Select(SettingOf)]));

        return ApiResponse.Ok(new ConfigurationView(environment.EnvironmentName, [.. sections]), "Configuration retrieved");
    }

    private static SettingView SettingOf(EffectiveSetting setting) => new(setting.Key, setting.Value, setting.IsSecret, setting.IsSet, setting.Source);
}
