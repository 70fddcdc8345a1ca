using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SaaS.Core.Http;

/// <summary>A successful response.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">The requested data.</param>
public sealed record ApiResponse<T>(bool Success, string Message, T Data)
    where T : notnull;

/// <summary>Creates successful responses.</summary>
public static class ApiResponse
{
    public static Ok<ApiResponse<T>> Ok<T>(T data, string message)
        where T : notnull => TypedResults.Ok(new ApiResponse<T>(true, message, data));

    /// <summary>Creates a response whose data also appears at the top level.</summary>
    public static Ok<FlatApiResponse<T>> Flat<T>(T data, string message)
        where T : notnull => TypedResults.Ok(new FlatApiResponse<T>(true, message, data));

    /// <summary>Creates a 201 response whose data also appears at the top level.</summary>
    public static Created<FlatApiResponse<T>> CreatedFlat<T>(string location, T data, string message)
        where T : notnull => TypedResults.Created(location, new FlatApiResponse<T>(true, message, data));

    /// <summary>Creates a 202 response whose data also appears at the top level.</summary>
    public static Accepted<FlatApiResponse<T>> AcceptedFlat<T>(T data, string message)
        where T : notnull => TypedResults.Accepted((string?)null, new FlatApiResponse<T>(true, message, data));

    /// <param name="location">The path of the created resource.</param>
    public static Created<ApiResponse<T>> Created<T>(string location, T data, string message)
        where T : notnull => TypedResults.Created(location, new ApiResponse<T>(true, message, data));

    /// <param name="location">The path of the resource that reports the progress.</param>
    public static Accepted<ApiResponse<T>> Accepted<T>(string location, T data, string message)
        where T : notnull => TypedResults.Accepted(location, new ApiResponse<T>(true, message, data));
}

/// <summary>A successful response without data.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record SuccessResponse(bool Success, string Message)
{
    public static Ok<SuccessResponse> Ok(string message) => TypedResults.Ok(new SuccessResponse(true, message));
}
